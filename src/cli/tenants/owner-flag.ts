import { parseServiceAccountUser } from '../../access/service-account-user.ts';
import { ownerKindOf, type Subject } from '../../api/capsule/owner.ts';
import { UsageError } from '../command.ts';

const prefix = 'system:serviceaccount:';

/**
 * An owner as people type it: `alice`, `User:alice`, `Group:oil-team`, `ServiceAccount:ns:name`, or a
 * ServiceAccount's user in full.
 *
 * @throws UsageError for what nobody can be called
 */
export function parseOwner(text: string): Subject {
  const [, word = '', rest = ''] = /^(User|Group|ServiceAccount|Sa):(.*)$/i.exec(text) ?? [];
  if (word === '') return named(ownerKindOf(text), text);
  const lower = word.toLowerCase();
  if (lower === 'user') return named('User', rest);
  if (lower === 'group') return named('Group', rest);
  return named('ServiceAccount', rest.startsWith(prefix) ? rest : prefix + rest);
}

function named(kind: Subject['kind'], name: string): Subject {
  if (name === '') throw new UsageError(`--owner: a name is missing, as in ${kind}:alice`);
  if (kind === 'ServiceAccount' && !parseServiceAccountUser(name)) {
    throw new UsageError(`--owner: '${name}' is not ServiceAccount:NAMESPACE:NAME`);
  }
  return { kind, name };
}

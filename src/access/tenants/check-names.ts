import { parseServiceAccountUser } from '../service-account-user.ts';

/** A subject as a spec names it, from an object that may be anything the schema lets pass. */
interface NamedSubject {
  kind?: unknown;
  name?: unknown;
}

/**
 * Whether a ServiceAccount is named by its user name, `system:serviceaccount:<namespace>:<name>`:
 * any other name would be nobody's, or somebody's later.
 */
export function isNamedRightly({ kind, name }: NamedSubject): boolean {
  if (kind !== 'ServiceAccount') return true;
  return typeof name === 'string' && parseServiceAccountUser(name) !== undefined;
}

const namePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** As long as the value of a label may be, which is what a namespace is assigned by. */
const maxNameLength = 63;

/** Whether a Tenant may be called so: what becomes a label, and the beginning of names. */
export const isTenantName = (name: string): boolean =>
  name.length <= maxNameLength && namePattern.test(name);

const token = /\{\{\s*([^}]*?)\s*\}\}/g;
const knownTokens = ['tenant.name', 'namespace'];

/** The tokens of a template that nothing is filled in for; an opened one that is never closed too. */
export function unknownTokens(template: string): string[] {
  const found = [...template.matchAll(token)].map(([, name = '']) => name);
  const unknown = found.filter((name) => !knownTokens.includes(name));
  const rest = template.replaceAll(token, '');
  return rest.includes('{{') || rest.includes('}}') ? [...unknown, '{{'] : unknown;
}

import type { Check } from '../../../api/capsule/rules/checks.ts';
import type { NamespaceRule } from '../../../api/capsule/rules/rule.ts';

/** What every check of a rule has: its action, and whom it is about. */
export function checkOf({ audience = [], enforce }: NamespaceRule): Check {
  const action = enforce?.action ?? 'deny';
  if (audience.length === 0) return { action };
  const named = (...kinds: string[]) =>
    audience.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  return {
    action,
    audience: {
      users: named('User', 'ServiceAccount'),
      groups: named('Group'),
      classes: named('Custom'),
    },
  };
}

import { isFound } from '../pattern.ts';

interface Targets {
  apiGroups?: readonly string[];
  kinds: readonly string[];
}

/**
 * The regular expression of the `<group>/<version>/<kind>` that a rule about metadata is about. The
 * core group is empty and has the version v1; a group without a version means all of them. `*`
 * stands for anything.
 */
export function targetExpression({ apiGroups = [], kinds }: Targets): string {
  const groups = (apiGroups.length === 0 ? [''] : apiGroups).map((group) =>
    groupVersion(group.trim()),
  );
  const named = kinds.map((kind) => kind.trim());
  const ofKinds = `(?:${groups.join('|')})/(?:${named.map(glob).join('|')})`;
  return `^${ofKinds}$`;
}

function groupVersion(group: string): string {
  if (group === '' || group === 'v1') return '/v1';
  if (group === '*') return '[^/]*/[^/]*';
  return group.includes('/') ? glob(group) : `${glob(group)}/[^/]*`;
}

/** Whether a rule is about Namespaces, which are only meant by name: `*` is what is in them. */
export function isOfNamespaces(targets: Targets): boolean {
  const isNamed = targets.kinds.some((kind) => kind.trim() === 'Namespace');
  return isNamed && isFound(targetExpression(targets), '/v1/Namespace');
}

/** A pattern with `*` for anything within a part. */
function glob(pattern: string): string {
  return pattern
    .split('*')
    .map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]*');
}

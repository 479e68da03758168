import type { ObjectRef } from '../../../api/kustomize/inventory.ts';

/**
 * Kinds that others need to be there first, in the order they are applied; those of one line need
 * nothing of each other, and are applied at the same time. Anything not named comes after them,
 * webhooks after everything: a webhook whose backend is not there yet refuses the rest.
 */
const first = [
  ['CustomResourceDefinition'],
  ['Namespace'],
  ['ClusterRole'],
  ['ResourceQuota', 'LimitRange'],
  ['ClusterRoleBinding', 'ServiceAccount', 'Role', 'ConfigMap', 'Secret', 'Service'],
  // Who binds a role must be seen to have what it grants: the role is read.
  ['RoleBinding'],
  ['Deployment', 'StatefulSet', 'CronJob', 'PodDisruptionBudget'],
];
const last = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

const ranks = new Map([
  ...first.flatMap((kinds, index) => kinds.map((kind) => [kind, index - first.length] as const)),
  ...last.map((kind, index) => [kind, index + 1] as const),
]);

const rankOf = ({ kind }: ObjectRef) => ranks.get(kind) ?? 0;

/** Kinds of `--custom-apply-stage-kinds`, as `group/Kind`. */
export type CustomStageKinds = ReadonlySet<string>;

/** 0: definitions, 1: classes, 2: kinds the operator named, 3: everything else. */
function stageOf(ref: ObjectRef, custom: CustomStageKinds): 0 | 1 | 2 | 3 {
  if (isDefinition(ref)) return 0;
  if (ref.kind.endsWith('Class')) return 1;
  return custom.has(`${ref.group}/${ref.kind}`) ? 2 : 3;
}

function isDefinition({ group, kind }: ObjectRef): boolean {
  if (kind === 'Namespace') return group === '';
  if (kind === 'ClusterRole') return group === 'rbac.authorization.k8s.io';
  return isCustomResourceDefinition({ group, kind });
}

export function isCustomResourceDefinition({ group, kind }: Pick<ObjectRef, 'group' | 'kind'>) {
  return group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition';
}

/** Those that are waited for before what comes after them is applied, and the others. */
const waves = [[0], [1], [2, 3]] as const;

/**
 * Items in the order they are applied: stages, each to be ready before the next begins; within a
 * stage groups, one after the other; within a group no order matters. Kinds the operator named come
 * before the rest, and nothing waits for them: they may need it to be ready. Empty stages are left out.
 */
export function applyOrder<T extends { ref: ObjectRef }>(
  items: readonly T[],
  custom: CustomStageKinds = new Set(),
): T[][][] {
  const groups = (stage: number) =>
    groupsOf(items.filter(({ ref }) => stageOf(ref, custom) === stage));
  return waves.map((stages) => stages.flatMap(groups)).filter((groups) => groups.length > 0);
}

/** References in the order they are deleted: the reverse of how they were applied, in groups. */
export function deletionOrder(refs: readonly ObjectRef[]): ObjectRef[][] {
  return applyOrder(refs.map((ref) => ({ ref })))
    .flat()
    .reverse()
    .map((group) => group.map(({ ref }) => ref));
}

function groupsOf<T extends { ref: ObjectRef }>(items: readonly T[]): T[][] {
  const byRank = Map.groupBy(items, ({ ref }) => rankOf(ref));
  return [...byRank].sort(([one], [two]) => one - two).map(([, group]) => group);
}

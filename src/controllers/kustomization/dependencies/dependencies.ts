import type { KustomizationSpec } from '../../../api/kustomize/kustomization.ts';
import type { KustomizationStatus } from '../../../api/kustomize/status.ts';
import type { CelVerdict } from '../../../engines/cel/cel.ts';
import { formatKey, type KubeObject, type ObjectKey } from '../../../kube/object.ts';
import { unmetExpression } from './ready-expression.ts';

/** A Kustomization as far as those that depend on it care. */
export interface Dependency extends KubeObject {
  spec: Pick<KustomizationSpec, 'sourceRef' | 'dependsOn'>;
  status?: KustomizationStatus;
}

/** Who depends, and on which state of its source. */
export interface Dependant {
  key: Required<ObjectKey>;
  spec: Pick<KustomizationSpec, 'sourceRef' | 'dependsOn'>;
  /** Revision of the artifact about to be applied. */
  revision: string;
  /** What the readyExpr of each dependency says, by its place in dependsOn. */
  said?: readonly (CelVerdict | undefined)[];
  /** A readyExpr is asked besides the built-in check (gate AdditiveCELDependencyCheck). */
  isAdditive?: boolean;
}

/** The keys of `spec.dependsOn`, in order; a name without namespace is in the same one. */
export function dependencyKeys(object: {
  namespace: string;
  dependsOn?: KustomizationSpec['dependsOn'];
}): Required<ObjectKey>[] {
  return (object.dependsOn ?? []).map(({ name, namespace }) => ({
    name,
    namespace: namespace || object.namespace,
  }));
}

/**
 * What still keeps a Kustomization from being applied, as a message for its status; undefined when
 * every dependency is ready for its own generation and, on the same source, at the same revision,
 * or by its readyExpr.
 */
export function unmetDependency(
  dependant: Dependant,
  read: (key: Required<ObjectKey>) => Dependency | undefined,
): string | undefined {
  const cycle = findCycle(dependant, read);
  if (cycle) {
    const path = cycle.map(formatKey).join(' → ');
    return `dependency cycle: ${path}: remove one of these from dependsOn`;
  }
  const { namespace } = dependant.key;
  const keys = dependencyKeys({ namespace, dependsOn: dependant.spec.dependsOn });
  for (const [index, key] of keys.entries()) {
    const dependency = read(key);
    if (!dependency) return `dependency '${formatKey(key)}' not found`;
    const said = dependant.said?.[index];
    const unmet =
      (said && unmetExpression(key, said)) ??
      (said && !dependant.isAdditive ? undefined : whyNotReady(dependant, key, dependency));
    if (unmet !== undefined) return unmet;
  }
  return undefined;
}

function whyNotReady(dependant: Dependant, key: ObjectKey, dependency: Dependency) {
  const name = `dependency '${formatKey(key)}'`;
  const { status, metadata } = dependency;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const isCurrent = status?.observedGeneration === metadata.generation;
  if (!isCurrent || ready?.status !== 'True') return `${name} is not ready`;
  const stale =
    sameSource(dependant, dependency) && status?.lastAppliedRevision !== dependant.revision;
  return stale ? `${name} revision is not up to date` : undefined;
}

function sameSource(dependant: Dependant, { metadata, spec }: Dependency): boolean {
  const [own, other] = [dependant.spec.sourceRef, spec.sourceRef];
  return (
    own.kind === other.kind &&
    own.name === other.name &&
    (own.namespace || dependant.key.namespace) === (other.namespace || metadata.namespace)
  );
}

/** References that are looked at for a cycle: in a namespace with more, a longer cycle is just not ready. */
const maxLinks = 10_000;

/**
 * The shortest way by dependsOn from an object back to itself, both ends named. What decides by an
 * expression alone may be ready before it was applied, and is no part of a cycle.
 */
function findCycle(
  start: Dependant,
  read: (key: Required<ObjectKey>) => Dependency | undefined,
): ObjectKey[] | undefined {
  const home = formatKey(start.key);
  const queue: Step[] = [{ key: start.key }];
  const seen = new Set<string>();
  let links = 0;
  for (const step of queue) {
    const { dependsOn = [] } = (step.from ? read(step.key)?.spec : start.spec) ?? {};
    links += dependsOn.length;
    if (links > maxLinks) return undefined;
    const binding = dependsOn.filter(({ readyExpr }) => !readyExpr || start.isAdditive);
    for (const key of dependencyKeys({ ...step.key, dependsOn: binding })) {
      const id = formatKey(key);
      if (id === home) return wayTo({ key, from: step });
      if (!seen.has(id)) queue.push({ key, from: step });
      seen.add(id);
    }
  }
  return undefined;
}

/** One object on the way, and who depends on it. */
interface Step {
  key: Required<ObjectKey>;
  from?: Step;
}

function wayTo(end: Step): ObjectKey[] {
  const way: ObjectKey[] = [];
  for (let step: Step | undefined = end; step; step = step.from) way.unshift(step.key);
  return way;
}

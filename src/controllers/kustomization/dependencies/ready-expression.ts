import { describeFault } from '../../../engines/cel/cel-fault.ts';
import type { CelExpression, CelVerdict } from '../../../engines/cel/cel.ts';
import { formatKey, type KubeObject, type ObjectKey } from '../../../kube/object.ts';
import type { Preparation } from '../work.ts';

/** `spec.dependsOn[].readyExpr`: a Kustomization, `self`, about one it depends on, `dep`. */
export function readyExpression(source: string): CelExpression {
  return { source, variables: ['self', 'dep'] };
}

/** What the readyExpr of each dependency says, by its place in dependsOn; nothing where none is. */
export async function askReadyExpressions(
  { spec, me, deps, run }: Preparation,
  self: KubeObject,
  read: (index: number) => KubeObject | undefined,
): Promise<(CelVerdict | undefined)[]> {
  const options = { tenant: me.namespace, signal: run.signal };
  const ask = async ({ readyExpr }: { readyExpr?: string }, index: number) => {
    const dep = readyExpr ? read(index) : undefined;
    if (!readyExpr || !dep) return undefined;
    const [verdict] = await deps.cel.evaluate([readyExpression(readyExpr)], { self, dep }, options);
    return verdict;
  };
  return Promise.all((spec.dependsOn ?? []).map(ask));
}

/** Why a dependency is not ready by its readyExpr; undefined when it is. */
export function unmetExpression(key: ObjectKey, verdict: CelVerdict): string | undefined {
  const name = `dependency '${formatKey(key)}'`;
  if ('fault' in verdict) return `${name}: readyExpr: ${describeFault(verdict.fault)}`;
  return verdict.value ? undefined : `${name} is not ready: its readyExpr is false`;
}

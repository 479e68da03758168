import { Reason } from '../../api/reasons.ts';
import { stalled } from '../../base/errors.ts';
import { describeFault } from '../../engines/cel/cel-fault.ts';
import type { CelExpression } from '../../engines/cel/cel.ts';
import { readyExpression } from './dependencies/ready-expression.ts';
import { healthRules, type HealthRules } from './health/health-rules.ts';
import type { Preparation } from './work.ts';

const maxListed = 3;

/**
 * The health rules of the spec. Throws `stalled` with the place of each mistake when an expression
 * of the spec is none, before anything is read for it.
 */
export async function readExpressions({
  spec,
  me,
  deps,
  run,
}: Pick<Preparation, 'spec' | 'me' | 'deps' | 'run'>): Promise<HealthRules> {
  const rules = healthRules(spec.healthCheckExprs);
  const health = rules.all.flatMap(({ expressions }) =>
    expressions.map(({ path, source }) => ({ path, expression: { source } })),
  );
  const all: { path: string; expression: CelExpression }[] = [
    ...health,
    ...(spec.dependsOn ?? []).flatMap(({ readyExpr }, index) =>
      readyExpr
        ? [{ path: `spec.dependsOn[${index}].readyExpr`, expression: readyExpression(readyExpr) }]
        : [],
    ),
  ];
  if (all.length === 0) return rules;
  const faults = await deps.cel.check(
    all.map(({ expression }) => expression),
    { tenant: me.namespace, signal: run.signal },
  );
  const mistakes = all.flatMap(({ path }, index) => {
    const fault = faults[index];
    return fault ? [`${path}: ${describeFault(fault)}`] : [];
  });
  if (mistakes.length === 0) return rules;
  const more = mistakes.length > maxListed ? [`and ${mistakes.length - maxListed} more`] : [];
  const listed = [...mistakes.slice(0, maxListed), ...more].join('; ');
  throw stalled(Reason.InvalidCELExpression, `correct the CEL expression in ${listed}`);
}

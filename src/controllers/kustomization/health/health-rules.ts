import type { KustomizationSpec } from '../../../api/kustomize/kustomization.ts';
import { Reason } from '../../../api/reasons.ts';
import { stalled } from '../../../base/errors.ts';
import { isRecord } from '../../../base/json.ts';
import { describeFault } from '../../../engines/cel/cel-fault.ts';
import type { CelVerdict } from '../../../engines/cel/cel.ts';
import { groupOf, type KubeObject } from '../../../kube/object.ts';
import type { Readiness } from '../../../kube/readiness.ts';

/** One expression of a rule, and what the object is when it is true. */
export interface HealthExpression {
  /** `spec.healthCheckExprs[0].current`. */
  path: string;
  source: string;
  status: 'InProgress' | 'Failed' | 'Current';
}

/** How the health of a kind is judged instead of by convention: the first that is true decides. */
export interface HealthRule {
  /** `spec.healthCheckExprs[0]`. */
  path: string;
  expressions: readonly HealthExpression[];
  /** The same for the same expressions. */
  key: string;
}

/** Rules by the kinds they are about. */
export interface HealthRules {
  readonly all: readonly HealthRule[];
  /** The rule of a kind; one that names the kind wins over one for its whole group. */
  of(type: { group: string; kind: string }): HealthRule | undefined;
}

type HealthCheckExprs = KustomizationSpec['healthCheckExprs'];

/** The rules of a spec. Throws `stalled` when a kind has two. */
export function healthRules(exprs: HealthCheckExprs = []): HealthRules {
  const rules = new Map<string, HealthRule>();
  for (const [index, expr] of exprs.entries()) {
    const rule = ruleFrom(expr, `spec.healthCheckExprs[${index}]`);
    const group = groupOf(expr.apiVersion);
    const id = kindId(group, expr.kind);
    const other = rules.get(id);
    if (other) {
      const what = expr.kind ? `kind '${expr.kind}' of group '${group}'` : `group '${group}'`;
      const message = `${other.path} and ${rule.path} are both about ${what}: remove one of them`;
      throw stalled(Reason.InvalidCELExpression, message);
    }
    rules.set(id, rule);
  }
  return {
    all: [...rules.values()],
    of: ({ group, kind }) => rules.get(kindId(group, kind)) ?? rules.get(kindId(group)),
  };
}

/** Expressions in the order in which they are asked; an empty one is none, but for `current`. */
function ruleFrom(expr: NonNullable<HealthCheckExprs>[number], path: string): HealthRule {
  const { inProgress = '', failed = '', current } = expr;
  const all: HealthExpression[] = [
    { path: `${path}.inProgress`, source: inProgress, status: 'InProgress' },
    { path: `${path}.failed`, source: failed, status: 'Failed' },
    { path: `${path}.current`, source: current, status: 'Current' },
  ];
  const expressions = all.filter(({ source, status }) => source !== '' || status === 'Current');
  return { path, expressions, key: JSON.stringify([path, inProgress, failed, current]) };
}

/** True when the object itself says that its status is about an older generation. */
export function isUnobserved({ metadata, ...object }: KubeObject): boolean {
  const status = object['status'];
  const observed = isRecord(status) ? status['observedGeneration'] : undefined;
  const { generation } = metadata;
  return isInteger(observed) && isInteger(generation) && observed !== generation;
}

/**
 * How far an object is by what the expressions of its rule say of it. An expression that cannot be
 * evaluated leaves it unknown, which is waited out: the field it reads may yet come.
 */
export function readinessBy(rule: HealthRule, verdicts: readonly CelVerdict[]): Readiness {
  for (const [index, { path, status }] of rule.expressions.entries()) {
    const verdict = verdicts[index];
    if (verdict === undefined) continue;
    if ('fault' in verdict) {
      return { status: 'Unknown', message: `${path}: ${describeFault(verdict.fault)}` };
    }
    if (verdict.value) return { status, message: `${path} is true` };
  }
  return { status: 'InProgress', message: `no expression of ${rule.path} is true` };
}

const kindId = (group: string, kind = '') => `${group}/${kind}`;

const isInteger = (value: unknown) => typeof value === 'bigint' || Number.isInteger(value);

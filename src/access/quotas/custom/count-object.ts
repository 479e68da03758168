import { messageOf } from '../../../base/errors.ts';
import { evaluateJsonPath, type StepBudget } from '../../../kube/json-path/evaluate-json-path.ts';
import { selects } from '../../../kube/label-selector.ts';
import type { KubeObject, ResourceType } from '../../../kube/object.ts';
import {
  addQuantities,
  parseQuantity,
  subtractQuantities,
  zeroQuantity,
  type Quantity,
} from '../../../kube/quantity.ts';
import type { CompiledQuota, CompiledSelector, CompiledSource } from './compile-quota.ts';
import { selectsField } from './field-selector.ts';
import type { QuotaExpression, Said } from './quota-expression.ts';

/** What the paths of one quota may look at in one object, together. */
export const maxSteps = 100_000;

/** Asks an evaluator about an object; see QuotaExpressions. */
export type Evaluate = (expressions: readonly QuotaExpression[]) => Promise<Said[]>;

export type GroupKind = Pick<ResourceType, 'group' | 'kind'>;

/** An object, which does not say of what kind it is in a list. */
export interface Countable {
  kind: GroupKind;
  object: KubeObject;
  /** Shared by all quotas that look at it for one request; one of its own if absent. */
  budget?: StepBudget;
}

/** An object cannot be counted; the message says which source, and nothing of the object. */
export class UncountableError extends Error {}

/**
 * What an object adds to a quota, less than nothing if it is subtracted; undefined if no source
 * selects it. Expressions are asked about once, and only for objects that labels and fields select.
 * @throws UncountableError
 */
export async function countObject(
  { sources, scope }: CompiledQuota,
  { kind, object, budget = { left: maxSteps } }: Countable,
  evaluate: Evaluate,
): Promise<Quantity | undefined> {
  const { labels } = object.metadata;
  if (scope.length > 0 && !scope.some((selector) => selects(selector, labels))) return undefined;
  const candidates = sources
    .filter((source) => isOfKind(source, kind))
    .map((source) => candidateOf(source, object, budget))
    .filter((candidate) => candidate !== undefined);
  if (candidates.length === 0) return undefined;
  const said = await askAbout(candidates, evaluate);
  const nets = candidates
    .filter((candidate) => isSelected(candidate, said))
    .map(({ source }) => netOf(source, { object, budget, said }));
  return nets.length === 0 ? undefined : nets.reduce(addQuantities, zeroQuantity);
}

/** Whether a source counts objects of a kind, in whatever version. */
export function isOfKind(source: Pick<CompiledSource, 'group' | 'kind'>, kind: GroupKind): boolean {
  return source.kind === kind.kind && source.group === kind.group;
}

interface Candidate {
  source: CompiledSource;
  /** Selectors whose labels and fields select the object; undefined if it has none. */
  selectors: CompiledSelector[] | undefined;
  /** Why another one could not be looked at. */
  fault: string | undefined;
}

function candidateOf(
  source: CompiledSource,
  object: KubeObject,
  budget: StepBudget,
): Candidate | undefined {
  if (source.selectors.length === 0) return { source, selectors: undefined, fault: undefined };
  let fault: string | undefined;
  const selectors = source.selectors.filter(({ labels, fields }) => {
    if (!selects(labels, object.metadata.labels)) return false;
    try {
      return fields.every((field) => selectsField(field, object, budget));
    } catch (error) {
      fault ??= messageOf(error);
      return false;
    }
  });
  return selectors.length > 0 || fault !== undefined ? { source, selectors, fault } : undefined;
}

async function askAbout(
  candidates: readonly Candidate[],
  evaluate: Evaluate,
): Promise<Map<QuotaExpression, Said>> {
  const asked = candidates.flatMap(({ source: { usage }, selectors = [] }) => [
    ...(usage && 'expression' in usage ? [usage.expression] : []),
    ...selectors.flatMap(({ conditions }) => conditions),
  ]);
  const said = asked.length === 0 ? [] : await evaluate(asked);
  return new Map(asked.map((expression, index) => [expression, said[index] ?? { fault: '' }]));
}

function isSelected(candidate: Candidate, said: ReadonlyMap<QuotaExpression, Said>): boolean {
  const { source, selectors } = candidate;
  let { fault } = candidate;
  if (!selectors) return true;
  for (const { conditions } of selectors) {
    const verdicts = conditions.map((condition) => said.get(condition));
    if (verdicts.every((verdict) => verdict && 'value' in verdict && verdict.value)) return true;
    const isNo = verdicts.some((verdict) => verdict && 'value' in verdict && !verdict.value);
    const faulty = verdicts.find((verdict) => verdict && 'fault' in verdict);
    if (!isNo && faulty && 'fault' in faulty) fault ??= faulty.fault;
  }
  if (fault !== undefined) throw uncountable(source, `its selectors fail: ${fault}`);
  return false;
}

interface Counting {
  object: KubeObject;
  budget: StepBudget;
  said: ReadonlyMap<QuotaExpression, Said>;
}

function netOf(source: CompiledSource, counting: Counting): Quantity {
  if (source.op === 'count') return { nano: 1_000_000_000n, format: 'decimal' };
  const sum = quantitiesOf(source, counting).reduce(addQuantities, zeroQuantity);
  return source.op === 'sub' ? subtractQuantities(zeroQuantity, sum) : sum;
}

function quantitiesOf(source: CompiledSource, { object, budget, said }: Counting): Quantity[] {
  const values = valuesOf(source, { object, budget, said });
  if (values.length === 0) throw uncountable(source, 'did not resolve to any value');
  return values.map((value) => {
    const quantity = parseQuantity(value);
    if (!quantity)
      throw uncountable(source, 'did not resolve to a quantity such as 2, 500m or 2Gi');
    // Who writes the object would make room for others with it.
    if (quantity.nano < 0n) throw uncountable(source, 'resolved to less than nothing');
    return quantity;
  });
}

function valuesOf(source: CompiledSource, { object, budget, said }: Counting): readonly unknown[] {
  const { usage } = source;
  if (!usage) throw uncountable(source, 'cannot be read');
  if ('expression' in usage) {
    const verdict = said.get(usage.expression) ?? { fault: '' };
    if ('quantities' in verdict) return verdict.quantities;
    throw uncountable(source, `fails: ${'fault' in verdict ? verdict.fault : ''}`);
  }
  try {
    return evaluateJsonPath(usage.path, object, budget);
  } catch (error) {
    throw uncountable(source, `fails: ${messageOf(error)}`);
  }
}

function uncountable({ kind, text }: CompiledSource, what: string): UncountableError {
  return new UncountableError(`${kind}, ${text} ${what}`);
}

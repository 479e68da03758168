import { isRecord } from '../../base/json.ts';
import {
  JsonPathError,
  type Filter,
  type JsonPath,
  type Operand,
  type Operator,
  type Step,
} from './json-path.ts';

/** Values that paths may still look at; one for all paths over the same object bounds them together. */
export interface StepBudget {
  left: number;
}

/**
 * The values a path leads to; none where a field is missing. An object or list counts as a value.
 * @throws JsonPathError where a value is not of the shape the path needs, or the budget is spent.
 */
export function evaluateJsonPath(path: JsonPath, root: unknown, budget: StepBudget): unknown[] {
  return walk(path, [root], budget);
}

function walk(path: JsonPath, from: readonly unknown[], budget: StepBudget): unknown[] {
  let values = [...from];
  for (const step of path) {
    const next: unknown[] = [];
    for (const value of values) {
      // What is null is not there.
      if (value === null || value === undefined) continue;
      for (const found of take(step, value, budget)) {
        spend(budget);
        next.push(found);
      }
    }
    values = next;
  }
  return values.filter((value) => value !== null && value !== undefined);
}

function spend(budget: StepBudget): void {
  budget.left -= 1;
  if (budget.left < 0) throw new JsonPathError('steps', 'it looks at too much of the object');
}

function take(step: Step, value: unknown, budget: StepBudget): Iterable<unknown> {
  switch (step.step) {
    case 'field':
      return isRecord(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'wildcard':
      return membersOf(value);
    case 'descend':
      return containersIn(value, budget);
    case 'index':
      return [itemAt(listOf(value, 'is not array or slice'), step.at)];
    case 'slice':
      return sliceOf(listOf(value, 'is not array or slice'), step);
    case 'union':
      return step.paths.flatMap((path) => walk(path, [value], budget));
    case 'filter':
    default:
      return listOf(value, 'is not array or slice and cannot be filtered').filter((item) => {
        spend(budget);
        return keeps(step.filter, item, budget);
      });
  }
}

const membersOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isRecord(value) ? Object.values(value) : [];

/** The value and all objects and lists in it that are not empty. */
function* containersIn(value: unknown, budget: StepBudget): Iterable<unknown> {
  const pending = [value];
  while (pending.length > 0) {
    const current = pending.pop();
    const members = membersOf(current);
    if (members.length === 0) continue;
    yield current;
    for (const member of members.toReversed()) {
      spend(budget);
      pending.push(member);
    }
  }
}

function listOf(value: unknown, complaint: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new JsonPathError(
    'value',
    `${isRecord(value) ? 'an object' : `a ${typeof value}`} ${complaint}`,
  );
}

function itemAt(list: readonly unknown[], at: number): unknown {
  const index = at < 0 ? at + list.length : at;
  if (index >= 0 && index < list.length) return list[index];
  throw new JsonPathError('value', `array index out of bounds: index ${at}, length ${list.length}`);
}

function sliceOf(
  list: readonly unknown[],
  { from = 0, to, by }: { from?: number; to?: number; by: number },
) {
  return list.slice(from, to).filter((_, index) => index % by === 0);
}

function keeps(filter: Filter, item: unknown, budget: StepBudget): boolean {
  if (filter.operator === 'exists') return exists(filter.left, item, budget);
  const [left, ...more] = operandOf(filter.left, item, budget);
  const [right, ...others] = operandOf(filter.right, item, budget);
  if (more.length + others.length > 0)
    throw new JsonPathError('value', 'can only compare one element at a time');
  return left !== undefined && right !== undefined && compare(filter.operator, left, right);
}

/** What cannot be looked at is not there. */
function exists(operand: Operand, item: unknown, budget: StepBudget): boolean {
  try {
    return operandOf(operand, item, budget).length > 0;
  } catch (error) {
    if (error instanceof JsonPathError && error.code === 'value') return false;
    throw error;
  }
}

function operandOf(operand: Operand, item: unknown, budget: StepBudget): unknown[] {
  return 'literal' in operand ? [operand.literal] : walk(operand, [item], budget);
}

const holds: Readonly<Record<Operator, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function compare(operator: Operator, left: unknown, right: unknown): boolean {
  const isNumeric = (value: unknown) => typeof value === 'number' || typeof value === 'bigint';
  const areNumbers = isNumeric(left) && isNumeric(right);
  const areTexts = typeof left === 'string' && typeof right === 'string';
  const areFlags = typeof left === 'boolean' && typeof right === 'boolean';
  const isEquality = operator === '==' || operator === '!=';
  if (!areNumbers && !areTexts && !(areFlags && isEquality))
    throw new JsonPathError('value', 'incompatible types for comparison');
  // Of one sort, as was just made sure of.
  const [a, b] = [left as number, right as number];
  return holds[operator](a < b ? -1 : a > b ? 1 : 0);
}

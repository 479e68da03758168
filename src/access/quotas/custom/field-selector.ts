import { stringifyJson } from '../../../base/json.ts';
import { evaluateJsonPath, type StepBudget } from '../../../kube/json-path/evaluate-json-path.ts';
import type { JsonPath } from '../../../kube/json-path/json-path.ts';
import { parseJsonPath } from '../../../kube/json-path/parse-json-path.ts';
import type { KubeObject } from '../../../kube/object.ts';

/** A path of an object, and what it has to lead to: anything, a value, or another one. */
export interface FieldSelector {
  path: JsonPath;
  is: 'present' | 'equal' | 'unequal';
  value: string;
}

/** Reads `.spec.hostNetwork`, `.spec.type=ClusterIP`, `.spec.type=="ClusterIP"` or `!=`. @throws JsonPathError */
export function parseFieldSelector(text: string): FieldSelector {
  const at = operatorAt(text);
  if (at === undefined) return { path: parseJsonPath(text), is: 'present', value: '' };
  const { index, operator } = at;
  const value = text.slice(index + operator.length).trim();
  const [, , quoted] = /^(['"])(.*)\1$/s.exec(value) ?? [];
  return {
    path: parseJsonPath(text.slice(0, index)),
    is: operator === '!=' ? 'unequal' : 'equal',
    value: quoted ?? value,
  };
}

/** The first operator outside of brackets and quotes. */
function operatorAt(text: string): { index: number; operator: string } | undefined {
  let depth = 0;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === "'" || char === '"') quote = char;
    else if (char === '[') depth += 1;
    else if (char === ']') depth -= 1;
    else if (depth === 0) {
      const operator = ['!=', '==', '='].find((known) => text.startsWith(known, index));
      if (operator !== undefined) return { index, operator };
    }
  }
  return undefined;
}

/** Whether a field selector selects an object. @throws JsonPathError */
export function selectsField(
  { path, is, value }: FieldSelector,
  object: KubeObject,
  budget: StepBudget,
): boolean {
  const found = evaluateJsonPath(path, object, budget).map(textOf).join(' ').trim();
  if (is === 'present') return !['', 'false', '0'].includes(found.toLowerCase());
  return (found === value) === (is === 'equal');
}

/** A value as kubectl prints it: objects and lists as JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : stringifyJson(value);
}

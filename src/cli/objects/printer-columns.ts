import type { PrinterColumn } from '../../api/define-kind.ts';
import { isRecord } from '../../base/json.ts';
import type { KubeObject } from '../../kube/object.ts';

/** A step into an object: a field, or the entry of a list whose field is equal to a text. */
type Step = { field: string } | { where: string; equals: string };

const step = /\.([A-Za-z0-9_-]+)|\[\?\(@\.([A-Za-z0-9_-]+)==["']([^"']*)["']\)\]/g;

/**
 * What `kubectl get` would show of an object in a column of its kind: empty where there is nothing.
 * Of JSONPath it knows what columns use: `.a.b` and `[?(@.type=="Ready")]`.
 */
export function cellOf({ jsonPath, type }: PrinterColumn, object: KubeObject, now: number): string {
  const value = stepsOf(jsonPath).reduce<unknown>(enter, object);
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return type === 'date' ? formatAge(now - Date.parse(text)) : text;
}

function stepsOf(jsonPath: string): Step[] {
  return [...jsonPath.matchAll(step)].map(([, field, where = '', equals = '']) =>
    field === undefined ? { where, equals } : { field },
  );
}

function enter(value: unknown, into: Step): unknown {
  if ('field' in into) return isRecord(value) ? value[into.field] : undefined;
  const entries: unknown[] = Array.isArray(value) ? value : [];
  return entries.find((entry) => isRecord(entry) && entry[into.where] === into.equals);
}

const units = [
  ['d', 24 * 60 * 60_000],
  ['h', 60 * 60_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** The largest unit of which there are two, as kubectl does: `90s`, `5m`, `3h`, `12d`. */
export function formatAge(ms: number): string {
  const [unit, size] = units.find(([, each]) => ms >= 2 * each) ?? ['s', 1000];
  return `${Math.max(0, Math.floor(ms / size))}${unit}`;
}

import { isRecord } from '../../base/json.ts';
import type { KubeObject } from '../object.ts';

/** The words of kstatus. */
export type ReadinessStatus =
  'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown';

/** How far an object is, and why. */
export interface Readiness {
  status: ReadinessStatus;
  message: string;
}

/** A condition as far as readiness looks at it; absent fields are empty. */
export interface Fact {
  type: string;
  status: string;
  reason: string;
  message: string;
}

const maxMessage = 1024;
const verdict =
  (status: ReadinessStatus) =>
  (message: string): Readiness => ({ status, message: message.slice(0, maxMessage) });

export const current = verdict('Current');
export const inProgress = verdict('InProgress');
export const failed = verdict('Failed');

/** `status.conditions`; entries that are none are left out. */
export function conditionsOf(object: KubeObject): Fact[] {
  const status = object['status'];
  const conditions = isRecord(status) ? status['conditions'] : undefined;
  if (!Array.isArray(conditions)) return [];
  return conditions.filter(isRecord).map((condition) => ({
    type: text(condition['type']),
    status: text(condition['status']),
    reason: text(condition['reason']),
    message: text(condition['message']),
  }));
}

export function hasCondition(object: KubeObject, type: string, status = 'True'): boolean {
  return conditionsOf(object).some((fact) => fact.type === type && fact.status === status);
}

/** The value at a path of fields; undefined where the path ends early. */
export function valueAt(object: KubeObject, ...path: string[]): unknown {
  let value: unknown = object;
  for (const field of path) {
    value = isRecord(value) && Object.hasOwn(value, field) ? value[field] : undefined;
  }
  return value;
}

/** The integer at a path of fields; undefined when there is none. */
export function intAt(object: KubeObject, ...path: string[]): number | undefined {
  const value = valueAt(object, ...path);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : undefined;
}

export function textAt(object: KubeObject, ...path: string[]): string {
  return text(valueAt(object, ...path));
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/object.ts';
import { readinessOf, type ReadinessStatus } from '../../src/kube/readiness.ts';

/** The time at which tables are judged. */
export const now = Date.parse('2026-01-01T00:10:00Z');

/** What of an object a row gives. */
export interface Parts {
  metadata?: object;
  spec?: object;
  status?: object;
}

/** An object of generation 2. */
export function objectOf(
  apiVersion: string,
  kind: string,
  { metadata, spec, status }: Parts,
): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: { name: 'x', namespace: 'ns', generation: 2, ...metadata },
    ...(spec && { spec }),
    ...(status && { status }),
  };
}

export const condition = (type: string, status: string, reason = '', message = '') => ({
  type,
  status,
  reason,
  message,
});

/** What the object is doing, what it says, and what that means. */
export type ReadinessRow = [what: string, parts: Parts, status: ReadinessStatus, message?: RegExp];

/** Tests one kind, row by row. */
export function readinessTable(apiVersion: string, kind: string, rows: ReadinessRow[]) {
  describe(`${apiVersion} ${kind}`, () => {
    test.each(rows)('%s', (_what, parts, status, message = /./) => {
      const readiness = readinessOf(objectOf(apiVersion, kind, parts), now);
      expect(readiness.status).toBe(status);
      expect(readiness.message).toMatch(message);
    });
  });
}

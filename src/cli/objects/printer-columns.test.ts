import { expect, test } from 'vitest';
import { tenantColumns } from '../../api/capsule/columns.ts';
import { cellOf, formatAge } from './printer-columns.ts';

const now = Date.parse('2026-01-02T00:00:00Z');

test('the columns of a kind, as kubectl shows them', () => {
  const tenant = {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: 'oil', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { nodeSelector: { pool: 'oil' }, namespaceOptions: { quota: 3 } },
    status: {
      size: 0,
      conditions: [
        { type: 'Ready', status: 'True', message: 'reconciled' },
        { type: 'Cordoned', reason: 'Active' },
      ],
    },
  };
  expect(tenantColumns.map((column) => cellOf(column, tenant, now))).toEqual([
    'Active',
    '3',
    '0',
    '{"pool":"oil"}',
    'True',
    'reconciled',
    '24h',
  ]);
});

test('what is not there is empty', () => {
  const empty = { apiVersion: 'v1', kind: 'Tenant', metadata: { name: 'oil' } };
  expect(tenantColumns.map((column) => cellOf(column, empty, now)).join('')).toBe('');
});

test.each([
  [0, '0s'],
  [90_000, '90s'],
  [5 * 60_000, '5m'],
  [3 * 60 * 60_000, '3h'],
  [12 * 24 * 60 * 60_000, '12d'],
  [-5000, '0s'],
])('%d ms is %s', (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

import { describe, expect, test } from 'vitest';
import type { JsonValue, ManagedFieldsEntry } from '../../../kube/object.ts';
import { takeoverFor } from '../apply/field-manager.ts';
import { describeDrift } from './describe-drift.ts';

const entry = (manager: string, fieldsV1: JsonValue, more: Partial<ManagedFieldsEntry> = {}) =>
  ({ manager, operation: 'Update', apiVersion: 'v1', fieldsV1, ...more }) as ManagedFieldsEntry;
const data = (...keys: string[]) => ({
  'f:data': Object.fromEntries(keys.map((key) => [`f:${key}`, {}])),
});
const wanted = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a' },
  data: { k: 'SECRET', l: 'SECRET' },
};
const describedBy = (...managedFields: ManagedFieldsEntry[]) =>
  describeDrift({ ...wanted, metadata: { name: 'a', managedFields } }, wanted, takeoverFor());
const own = (...keys: string[]) =>
  entry('kustomize-controller', data(...keys), { operation: 'Apply' });
const nobody = /removed, or written under our own name/;

describe('who changed what', () => {
  test('is the manager that has a field of ours now', () => {
    expect(describedBy(own('l'), entry('helm', data('k', 'theirs')))).toBe(
      '.data.k by helm (Update)',
    );
  });

  test('is not who shares a field with us, nor who has fields of their own, nor a status', () => {
    const shared = entry('other', data('k'), { operation: 'Apply' });
    const status = entry('controller', data('l'), { subresource: 'status' });
    expect(describedBy(own('k'), shared, entry('x', data('theirs')), status)).toMatch(nobody);
  });

  test('is kubectl, whatever it wrote: its fields are taken over', () => {
    expect(describedBy(own('k', 'l'), entry('kubectl-edit', data('more')))).toBe(
      '.data.more by kubectl-edit (Update)',
    );
  });

  test('is nobody when a field is gone', () => {
    expect(describedBy(own('l'))).toMatch(nobody);
  });

  test('is told in bounds and without values', () => {
    const many = Array.from({ length: 50 }, (_, index) => `key-${index}-${'x'.repeat(500)}`);
    const kubectls = Array.from({ length: 9 }, (_, index) =>
      entry(`kubectl-${index}`, data(...many)),
    );
    const text = describedBy(own(), ...kubectls);
    expect(text.length).toBeLessThan(3_000);
    expect(text).toMatch(/46 more by kubectl-0 \(Update\).*, 5 more$/);
    expect(text).not.toContain('SECRET');
  });
});

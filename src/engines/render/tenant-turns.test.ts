import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTenantTurns } from './tenant-turns.ts';

const anyone = () => true;

function waiting(...names: string[]) {
  const turns = createTenantTurns<{ tenant: string; name: string }>();
  for (const name of names) turns.add({ tenant: name.charAt(0), name });
  const drain = () => {
    const order: string[] = [];
    for (let job = turns.next(anyone); job; job = turns.next(anyone)) order.push(job.name);
    return order;
  };
  return { turns, drain };
}

describe('turns between tenants', () => {
  test('go round, and in order within a tenant', () => {
    const { drain } = waiting('a1', 'a2', 'a3', 'b1', 'c1', 'c2');
    expect(drain()).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  });

  test('do not let a tenant that comes late wait behind the many of another', () => {
    const { turns, drain } = waiting(...Array.from({ length: 500 }, (_, i) => `a${i}`));
    expect(turns.next(anyone)?.name).toBe('a0');
    turns.add({ tenant: 'b', name: 'b0' });
    expect(drain().indexOf('b0')).toBeLessThanOrEqual(1);
  });

  test('are kept by a tenant that is passed over', () => {
    const { turns, drain } = waiting('a1', 'b1', 'b2', 'c1');
    expect(turns.next((tenant) => tenant !== 'a')?.name).toBe('b1');
    expect(drain()).toEqual(['a1', 'c1', 'b2']);
  });

  test('are given to nobody when nobody is admitted', () => {
    const { turns } = waiting('a1');
    expect(turns.next(() => false)).toBeUndefined();
    expect(turns.size).toBe(1);
  });

  test('forget a job that was taken back', () => {
    const turns = createTenantTurns<{ tenant: string }>();
    const [kept, gone] = [{ tenant: 'a' }, { tenant: 'a' }];
    turns.add(gone);
    turns.add(kept);
    turns.remove(gone);
    turns.remove(gone);
    expect(turns.size).toBe(1);
    expect(turns.next(anyone)).toBe(kept);
    expect(turns.next(anyone)).toBeUndefined();
  });

  test('lose no job and serve none twice; of two that wait no tenant gets two turns in a row', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c')), (tenants) => {
        const { drain } = waiting(...tenants.map((tenant, i) => `${tenant}${i}`));
        const order = drain();
        expect([...order].sort()).toEqual(tenants.map((tenant, i) => `${tenant}${i}`).sort());
        for (const [i, name] of order.entries()) {
          const next = order[i + 1];
          if (next?.charAt(0) !== name.charAt(0)) continue;
          expect(order.slice(i + 1).every((later) => later.startsWith(name.charAt(0)))).toBe(true);
        }
      }),
    );
  });
});

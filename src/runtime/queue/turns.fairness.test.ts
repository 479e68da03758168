import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leadTurns, Turns } from './turns.ts';

/** Turns with `backlog` keys ready per tenant. */
function withBacklog(
  turns: Turns,
  backlog: Record<string, number>,
  { asked = false }: { asked?: boolean } = {},
): Turns {
  for (const [tenant, count] of Object.entries(backlog)) {
    for (let index = 0; index < count; index++) {
      turns.enter(tenant);
      turns.push(tenant, `${tenant}-${index}`, asked);
    }
  }
  return turns;
}

/** Takes and finishes `count` turns, one at a time. */
function takeTurns(turns: Turns, count: number, ranMs = 0): string[] {
  const order: string[] = [];
  for (let index = 0; index < count; index++) {
    const turn = turns.take();
    if (!turn) break;
    order.push(turn.tenant);
    turns.finish(turn.tenant, ranMs);
  }
  return order;
}

describe('between tenants', () => {
  test('a backlog of five hundred delays another tenant by one turn', () => {
    const turns = withBacklog(new Turns({ workers: 1 }), { noisy: 500 });
    takeTurns(turns, 100);
    withBacklog(turns, { quiet: 3 });
    const order = takeTurns(turns, 7);
    expect(order.slice(0, 6).filter((tenant) => tenant === 'quiet')).toHaveLength(3);
    expect(order.indexOf('quiet')).toBeLessThanOrEqual(1);
  });

  test('whoever waits is served before anybody has two turns more', () => {
    const backlogs = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.nat(30));
    fc.assert(
      fc.property(backlogs, fc.boolean(), (backlog, asked) => {
        const turns = withBacklog(new Turns({ workers: 1 }), backlog, { asked });
        const served: Record<string, number> = {};
        for (let turn = turns.take(); turn; turn = turns.take()) {
          turns.finish(turn.tenant, 0);
          served[turn.tenant] = (served[turn.tenant] ?? 0) + 1;
          for (const [tenant, count] of Object.entries(backlog)) {
            const mine = served[tenant] ?? 0;
            if (mine < count) expect(served[turn.tenant]! - mine).toBeLessThanOrEqual(1);
          }
        }
        expect(served).toEqual(
          Object.fromEntries(Object.entries(backlog).filter(([, count]) => count > 0)),
        );
      }),
    );
  });

  test('a tenant of weight three has three turns for each of the others', () => {
    const weightOf = (tenant: string) => (tenant === 'big' ? 3 : 1);
    const turns = withBacklog(new Turns({ workers: 1, weightOf }), { big: 300, small: 300 });
    const order = takeTurns(turns, 100);
    expect(order.filter((tenant) => tenant === 'big')).toHaveLength(75);
  });

  test('a tenant whose runs take long has fewer of them', () => {
    const turns = withBacklog(new Turns({ workers: 1 }), { slow: 100, quick: 100 });
    const order: string[] = [];
    for (let index = 0; index < 44; index++) {
      const turn = turns.take()!;
      order.push(turn.tenant);
      turns.finish(turn.tenant, turn.tenant === 'slow' ? 10_000 : 100);
    }
    expect(order.filter((tenant) => tenant === 'slow')).toHaveLength(4);
  });

  test('one very long run does not shut its tenant out', () => {
    const turns = withBacklog(new Turns({ workers: 1 }), { slow: 2, quick: 200 });
    expect(takeTurns(turns, 1, 3_600_000)).toEqual(['slow']);
    expect(takeTurns(turns, 40)).toContain('slow');
  });

  test('idling saves nothing up', () => {
    const turns = withBacklog(new Turns({ workers: 1 }), { busy: 300, other: 1 });
    takeTurns(turns, 200);
    withBacklog(turns, { other: 100 });
    const order = takeTurns(turns, 20);
    expect(order.filter((tenant) => tenant === 'other')).toHaveLength(10);
  });
});

describe('asked-for work', () => {
  test('goes before the background work of its own tenant', () => {
    const turns = withBacklog(new Turns({ workers: 1 }), { a: 50 });
    turns.enter('a');
    turns.push('a', 'pushed', true);
    expect(turns.take()).toEqual({ key: 'pushed', tenant: 'a', asked: true });
  });

  test('goes before the background work of a thousand tenants', () => {
    const backlog = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, 2]));
    const turns = withBacklog(new Turns({ workers: 1 }), backlog);
    takeTurns(turns, 500);
    turns.enter('t999');
    turns.push('t999', 'pushed', true);
    expect(turns.take()?.key).toBe('pushed');
  });

  test('of one tenant overtakes the background work of another by a bounded lead', () => {
    const turns = withBacklog(new Turns({ workers: 1 }), { asking: 500 }, { asked: true });
    withBacklog(turns, { patient: 20 });
    const order = takeTurns(turns, leadTurns + 2 + 38);
    expect(order.slice(0, leadTurns + 2)).toContain('patient');
    expect(order.filter((tenant) => tenant === 'patient').length).toBeGreaterThanOrEqual(19);
  });

  test('a key that waits is promoted once, not queued twice', () => {
    const turns = withBacklog(new Turns({ workers: 1 }), { a: 2 });
    turns.push('a', 'a-1', true);
    turns.push('a', 'a-1', true);
    turns.push('a', 'a-1', false);
    expect(turns.size).toBe(2);
    expect([turns.take()?.key, turns.take()?.key, turns.take()]).toEqual(['a-1', 'a-0', undefined]);
  });
});

describe('workers', () => {
  test('one tenant leaves a worker free while another is known', () => {
    const turns = withBacklog(new Turns({ workers: 4 }), { hanging: 500 });
    turns.enter('other');
    const taken = [turns.take(), turns.take(), turns.take(), turns.take()];
    expect(taken.map((turn) => turn?.tenant)).toEqual(['hanging', 'hanging', 'hanging', undefined]);
    turns.push('other', 'x', false);
    expect(turns.take()?.tenant).toBe('other');
    turns.finish('hanging', 0);
    expect(turns.take()?.tenant).toBe('hanging');
  });

  test('a tenant alone uses all of them', () => {
    const turns = withBacklog(new Turns({ workers: 4 }), { only: 10 });
    const taken = [turns.take(), turns.take(), turns.take(), turns.take()];
    expect(taken.every((turn) => turn?.tenant === 'only')).toBe(true);
  });

  test('a tenant left alone may use the worker it had left free', () => {
    const turns = withBacklog(new Turns({ workers: 2 }), { a: 3, b: 0 });
    turns.enter('b');
    turns.take();
    expect(turns.take()).toBeUndefined();
    turns.leave('b');
    expect(turns.take()?.tenant).toBe('a');
  });

  test('with a single worker nobody is held back', () => {
    const turns = withBacklog(new Turns({ workers: 1 }), { a: 2, b: 2 });
    expect(new Set(takeTurns(turns, 4))).toEqual(new Set(['a', 'b']));
  });
});

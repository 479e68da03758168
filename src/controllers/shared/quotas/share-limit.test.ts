import { expect, test } from 'vitest';
import { shareLimit, type Holding } from './share-limit.ts';

const holding = (namespace: string, facts: Partial<Holding> = {}): Holding => {
  const { hard, used = 0n } = facts;
  const ceiling = hard === undefined || hard < used ? used : hard;
  return { namespace, used, hard, ceiling, wanted: 0n, isGoing: false, ...facts };
};
const share = (limit: bigint, holdings: Holding[], grain = 1n) =>
  Object.fromEntries(shareLimit({ limit, holdings, grain }));

test('one namespace has the whole limit', () => {
  expect(share(10n, [holding('a')])).toEqual({ a: 10n });
  expect(share(10n, [holding('a', { hard: 10n, used: 4n })])).toEqual({ a: 10n });
});

test('new namespaces share what is left', () => {
  expect(share(10n, [holding('a'), holding('b')])).toEqual({ a: 5n, b: 5n });
  expect(share(11n, [holding('a'), holding('b')])).toEqual({ a: 6n, b: 5n });
});

test('a namespace that comes later waits until others have given their share back', () => {
  const before = [holding('a', { hard: 10n, used: 2n }), holding('b')];
  expect(share(10n, before)).toEqual({ a: 6n, b: 0n });
  const inForce = [holding('a', { hard: 6n, used: 2n, ceiling: 10n }), holding('b', { hard: 0n })];
  expect(share(10n, inForce)).toEqual({ a: 6n, b: 0n });
  const after = [holding('a', { hard: 6n, used: 2n }), holding('b', { hard: 0n })];
  expect(share(10n, after)).toEqual({ a: 6n, b: 4n });
});

test('nothing is written while nobody runs short', () => {
  const holdings = [holding('a', { hard: 5n, used: 2n }), holding('b', { hard: 5n, used: 0n })];
  expect(share(10n, holdings)).toEqual({ a: 5n, b: 5n });
});

test('who runs short gets of those who have', () => {
  const short = [holding('a', { hard: 5n, used: 5n }), holding('b', { hard: 5n })];
  expect(share(10n, short)).toEqual({ a: 5n, b: 3n });
  const given = [holding('a', { hard: 5n, used: 5n }), holding('b', { hard: 3n })];
  expect(share(10n, given)).toEqual({ a: 7n, b: 3n });
});

test('the last grain stays where it is, until somebody asks for it', () => {
  const last = [
    holding('a', { hard: 9n, used: 9n }),
    holding('b', { hard: 1n, used: 0n }),
    holding('c', { hard: 0n, used: 0n }),
  ];
  expect(share(10n, last)).toEqual({ a: 9n, b: 1n, c: 0n });
  const asked = last.with(2, holding('c', { hard: 0n, wanted: 1n }));
  expect(share(10n, asked)).toEqual({ a: 9n, b: 0n, c: 0n });
  const given = asked.with(1, holding('b', { hard: 0n }));
  expect(share(10n, given)).toEqual({ a: 9n, b: 0n, c: 1n });
});

test('what is asked for and not there moves nothing', () => {
  const holdings = [
    holding('a', { hard: 5n, used: 4n }),
    holding('b', { hard: 5n, used: 4n, wanted: 9n }),
  ];
  expect(share(10n, holdings)).toEqual({ a: 5n, b: 5n });
});

test('a limit at or below what is used blocks everything new', () => {
  const holdings = [holding('a', { hard: 5n, used: 4n }), holding('b', { hard: 5n, used: 3n })];
  expect(share(7n, holdings)).toEqual({ a: 4n, b: 3n });
  expect(share(3n, holdings)).toEqual({ a: 4n, b: 3n });
});

test('a raised limit is shared', () => {
  const holdings = [holding('a', { hard: 5n, used: 5n }), holding('b', { hard: 5n, used: 0n })];
  expect(share(20n, holdings)).toEqual({ a: 12n, b: 8n });
});

test('a namespace that goes keeps what it uses, and gets no share', () => {
  const going = holding('a', { hard: 5n, used: 3n, ceiling: 3n, isGoing: true });
  expect(share(10n, [going, holding('b', { hard: 5n, used: 5n })])).toEqual({ b: 7n });
});

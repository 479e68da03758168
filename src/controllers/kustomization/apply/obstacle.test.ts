import { describe, expect, it } from 'vitest';
import type { Attempt } from '../memory.ts';
import { patienceMs, type Obstacle } from './obstacle.ts';

const attempt = (): Attempt => ({
  key: 'k',
  revision: 'main@sha1:1',
  state: 's',
  requestedAt: undefined,
  startedAtMs: 0,
  changed: false,
});
const obstacle = (kind: Obstacle['kind'], stage = 0): Obstacle => ({ why: 'x', kind, stage });
const minute = 60_000;
const at = (nowMs: number, timeoutMs = 5 * minute) => ({ timeoutMs, nowMs });

describe('the wait for', () => {
  it.each([
    ['a stage lasts a minute', 'stage', 5 * minute, minute],
    ['a stage lasts no longer than the timeout', 'stage', minute / 2, minute / 2],
    ['a termination lasts as long as the timeout', 'termination', 5 * minute, 5 * minute],
    ['a hand-over lasts as long as the timeout', 'handover', 5 * minute, 5 * minute],
  ] as const)('%s, from when it began', (_, kind, timeoutMs, expected) => {
    const mine = attempt();
    expect(patienceMs(obstacle(kind), mine, at(10 * minute, timeoutMs))).toBe(expected);
    expect(patienceMs(obstacle(kind), mine, at(10 * minute + 1, timeoutMs))).toBe(expected - 1);
  });

  it('the next stage begins when that one does', () => {
    const mine = attempt();
    patienceMs(obstacle('stage', 0), mine, at(0));
    expect(patienceMs(obstacle('stage', 1), mine, at(minute - 1))).toBe(minute);
  });

  it('a stage that was passed begins anew', () => {
    const mine = attempt();
    patienceMs(obstacle('stage'), mine, at(0));
    mine.blocked = undefined;
    expect(patienceMs(obstacle('stage'), mine, at(3 * minute))).toBe(minute);
  });
});

import { expect, test } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { createStandstill } from './standstill.ts';

/** An endless build of `noisy`, and what was asked of its engine. */
function started() {
  const clock = createFakeClock();
  const standstill = createStandstill(clock);
  const asked: string[] = [];
  const engine = { pause: () => void asked.push('pause'), resume: () => void asked.push('resume') };
  const letGo = standstill.include({ tenant: 'noisy', engine });
  return { ...standstill, clock, asked, letGo };
}

test('an endless build stands still while another tenant is at work', () => {
  const { makeWay, asked } = started();
  const first = makeWay('quiet');
  const second = makeWay('other');
  first[Symbol.dispose]();
  expect(asked).toEqual(['pause']);
  second[Symbol.dispose]();
  expect(asked).toEqual(['pause', 'resume']);
});

test('and also when that work began before it', () => {
  const clock = createFakeClock();
  const { makeWay, include } = createStandstill(clock);
  const asked: string[] = [];
  using _way = makeWay('quiet');
  include({ tenant: 'noisy', engine: { pause: () => asked.push('pause'), resume() {} } });
  expect(asked).toEqual(['pause']);
});

test('what its own tenant does keeps nobody', () => {
  const { makeWay, asked } = started();
  using _own = makeWay('noisy');
  using _again = makeWay('noisy');
  expect(asked).toEqual([]);
});

test('work that lasts leaves it a breather now and then', () => {
  const { makeWay, clock, asked } = started();
  const work = makeWay('quiet');
  clock.tick(200);
  expect(asked).toEqual(['pause', 'resume']);
  clock.tick(200);
  expect(asked).toEqual(['pause', 'resume', 'pause']);
  work[Symbol.dispose]();
  expect(asked.at(-1)).toBe('resume');
});

test('work that ends within a breather changes nothing', () => {
  const { makeWay, clock, asked } = started();
  const work = makeWay('quiet');
  clock.tick(210);
  work[Symbol.dispose]();
  clock.tick(1_000);
  expect(asked).toEqual(['pause', 'resume']);
});

test('a build that ended is left alone, and goes on if it stood still', () => {
  const { makeWay, clock, asked, letGo } = started();
  using _work = makeWay('quiet');
  letGo();
  expect(asked).toEqual(['pause', 'resume']);
  using _more = makeWay('other');
  clock.tick(10_000);
  expect(asked).toEqual(['pause', 'resume']);
  expect(clock.pending).toBe(0);
});

import { expect, it } from 'vitest';
import type { ObjectRef } from '../../../api/kustomize/inventory.ts';
import type { RunEvent } from '../../../runtime/run.ts';
import { createMemories } from '../memory.ts';
import type { Work } from '../work.ts';
import { tellDrift, type DriftFound } from './tell-drift.ts';

/** A Kustomization over several runs, and what is told of it. */
function told() {
  const events: string[] = [];
  let condition: string | undefined;
  const run = {
    event: ({ reason, message }: RunEvent) => events.push(`${reason}: ${message}`),
    condition: (_type: string, _status: string, _reason: string, message: string) =>
      (condition = message),
    clear: () => (condition = undefined),
  };
  const memory = createMemories().of({ namespace: 'team', name: 'apps' }, 'u');
  // Telling looks at nothing else.
  const work = { run, memory, secrets: new Set(['s3cret-value']) } as unknown as Work;
  return { events, work, condition: () => condition };
}

const ref = (name: string): ObjectRef => ({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  namespace: 'team',
  name,
});
const left = (name: string, what = 'it was deleted'): DriftFound => ({
  ref: ref(name),
  what,
  isCorrected: false,
});
const corrected = (name: string): DriftFound => ({ ...left(name), isCorrected: true });

const a = 'ConfigMap/team/a drifted: it was deleted';
const b = 'ConfigMap/team/b drifted: it was deleted';

it('what is put right is told each time', () => {
  const { events, work, condition } = told();
  tellDrift([corrected('a')], true, work);
  tellDrift([corrected('a')], true, work);
  expect(events).toEqual([`DriftCorrected: ${a}`, `DriftCorrected: ${a}`]);
  expect(condition()).toBeUndefined();
});

it('what is left is told once, and again with what is new', () => {
  const { events, work, condition } = told();
  tellDrift([left('a')], true, work);
  tellDrift([left('a')], true, work);
  expect(events).toEqual([`DriftDetected: ${a}`]);
  tellDrift([left('b'), left('a')], true, work);
  expect(events.slice(1)).toEqual([`DriftDetected: ${a}\n${b}`]);
  expect(condition()).toBe(`${a}\n${b}`);
});

it('what is over and begins anew is told anew', () => {
  const { events, work, condition } = told();
  tellDrift([left('a')], true, work);
  tellDrift([], true, work);
  expect(condition()).toBeUndefined();
  tellDrift([left('a')], true, work);
  expect(events).toHaveLength(2);
});

it('less drift is no news', () => {
  const { events, work, condition } = told();
  tellDrift([left('a'), left('b')], true, work);
  tellDrift([left('b')], true, work);
  expect(events).toHaveLength(1);
  expect(condition()).toBe(b);
});

it('a run that waits for a stage forgets nothing of the later ones', () => {
  const { events, work, condition } = told();
  tellDrift([left('a'), left('b')], true, work);
  tellDrift([], false, work);
  expect(condition()).toBe(`${a}\n${b}`);
  tellDrift([left('a')], false, work);
  tellDrift([left('a'), left('b')], true, work);
  expect(events).toHaveLength(1);
});

it('a run that waits for a stage drops what it put right', () => {
  const { work, condition } = told();
  tellDrift([left('a'), left('b')], true, work);
  tellDrift([corrected('a')], false, work);
  expect(condition()).toBe(b);
});

it('a value from a variable is masked, and a long list ends', () => {
  const { events, work } = told();
  const many = Array.from({ length: 12 }, (_, index) => left(`${10 + index}`, 's3cret-value'));
  tellDrift(many, true, work);
  expect(events[0]).not.toContain('s3cret-value');
  expect(events[0]?.split('\n')).toHaveLength(11);
  expect(events[0]).toMatch(/and 2 more$/);
});

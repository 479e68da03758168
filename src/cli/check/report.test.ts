import { expect, test } from 'vitest';
import { allowed, refused, skipped, untried, type Outcome, worstOf } from './outcome.ts';
import { exitCodeOf, formatList, formatReport, reportOf } from './report.ts';

const result = (name: string, outcome: Outcome, benchmarks: string[] = []) => ({
  id: `pods/${name}`,
  title: `runs ${name}`,
  why: `${name} matters`,
  remedy: `forbid ${name}`,
  benchmarks,
  ...outcome,
});
const green = result('privileged', refused('pod security: no'), ['MTB-PL1-BC-CPI-5']);
const red = result('root', allowed('the owner, user 0'));
const grey = result('runtime', skipped('the cluster has no RuntimeClass'));
const doubt = result('registry', untried('no\nanswer'));

test('a report says what happened, and of what went wrong why it matters and what to change', () => {
  const report = reportOf('check-1', [green, red, grey, doubt], ['namespace/check-1-a']);
  expect(formatReport(report))
    .toBe(`RESULT        ATTACK            BENCHMARK          WHAT THE TENANT DOES
✔ refused     pods/privileged   MTB-PL1-BC-CPI-5   runs privileged
✗ ALLOWED     pods/root                            runs root
- skipped     pods/runtime                         runs runtime
? not tried   pods/registry                        runs registry

✗ pods/root: a tenant runs root
  allowed:   the owner, user 0
  matters:   root matters
  to refuse: forbid root

? pods/registry: a tenant runs registry
  no answer

- the cluster has no RuntimeClass: pods/runtime

check-1: still being deleted: namespace/check-1-a

4 attacks: 1 refused, 1 allowed, 1 could not be tried, 1 skipped`);
});

test.each([
  ['all refused', [green], 0],
  ['some not configured', [green, grey], 0],
  ['one allowed', [green, red, doubt], 1],
  ['one in doubt', [green, doubt], 2],
  ['nothing tried at all', [grey], 2],
])('exit code: %s', (_, results, code) => {
  expect(exitCodeOf(reportOf('check-1', results, []))).toBe(code);
});

test.each<[string, Outcome[], Outcome]>([
  ['one hole is enough', [refused('a'), allowed('b'), untried('c')], allowed('b')],
  ['a doubt is no refusal', [refused('a'), untried('b')], untried('b')],
  ['what cannot arise says nothing', [skipped('a'), refused('b')], refused('b')],
  ['nothing arises', [skipped('a')], skipped('a')],
  ['nothing is no refusal', [], untried('there was nothing to try')],
])('several tries: %s', (_, outcomes, expected) => {
  expect(worstOf(outcomes)).toEqual(expected);
});

test('the list of attacks', () => {
  expect(formatList([green])).toBe(`ATTACK            BENCHMARK          WHAT THE TENANT DOES
pods/privileged   MTB-PL1-BC-CPI-5   runs privileged`);
});

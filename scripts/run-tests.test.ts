import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runTests } from './run-tests.ts';

function runOf(tests: string) {
  const root = mkdtempSync(path.join(tmpdir(), 'tenantry-run-of-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(path.join(root, 'some.test.js'), tests);
  return runTests(['--root', root, '--globals', '--retry', '2'], 'ignore');
}

test('what passed only when it was tried again is told, with why', async () => {
  const outcome = await runOf(`
    let tries = 0;
    describe('a group', () => {
      test('late', () => expect(++tries).toBe(3));
      test('at once', () => {});
      test('not run', ({ skip }) => skip());
    });
    test('never', () => expect(1).toBe(2));`);
  const late = /some\.test\.js: a group late: AssertionError: expected 1 to be 3/;
  expect(outcome).toEqual({
    passed: 2,
    failed: 1,
    triedAgain: [expect.stringMatching(late)],
    slowest: [expect.stringMatching(/^ +\d+\.\d s .*some\.test\.js$/)],
  });
});

test('a file that does not load fails', async () => {
  const outcome = await runOf(`import 'nothing-of-this-name';`);
  expect(outcome).toMatchObject({ passed: 0, failed: 1, triedAgain: [] });
});

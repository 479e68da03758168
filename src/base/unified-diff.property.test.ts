import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { array, assert, constantFrom, property } from 'fast-check';
import { expect, test } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
const lines = array(constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 40 });

/** Applies a unified diff; throws when a line is not where the diff says. */
function patch(before: readonly string[], diff: string): string[] {
  const result: string[] = [];
  let at = 0;
  for (const line of diff === '' ? [] : diff.split('\n')) {
    const [, start, length] = /^@@ -(\d+),(\d+) /.exec(line) ?? [];
    if (start !== undefined) {
      const first = length === '0' ? Number(start) : Number(start) - 1;
      result.push(...before.slice(at, first));
      at = first;
    } else if (line.startsWith('+')) {
      result.push(line.slice(1));
    } else {
      if (before[at] !== line.slice(1)) throw new Error(`line ${at} is not '${line.slice(1)}'`);
      if (line.startsWith(' ')) result.push(line.slice(1));
      at++;
    }
  }
  return [...result, ...before.slice(at)];
}

test('a diff makes the one text of the other', () => {
  assert(
    property(lines, lines, (before, after) => {
      expect(patch(before, unifiedDiff(text(before), text(after)))).toEqual(after);
    }),
    { numRuns: 500 },
  );
});

test('and is the one that diff makes', () => {
  const before = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  const after = before.toSpliced(30, 1, 'thirty', 'thirty and a half').toSpliced(5, 2);
  const dir = mkdtempSync(path.join(tmpdir(), 'unified-diff-'));
  try {
    const files = [before, after].map((content, index) => {
      const file = path.join(dir, String(index));
      writeFileSync(file, text(content));
      return file;
    });
    const { stdout } = spawnSync('git', ['diff', '--no-index', '--no-color', ...files], {
      encoding: 'utf8',
    });
    // git repeats a line of context behind the second @@.
    const hunks = stdout.slice(stdout.indexOf('@@')).replace(/^(@@ .* @@).*$/gm, '$1');
    expect(`${unifiedDiff(text(before), text(after))}\n`).toBe(hunks);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('texts that have little in common are shown one after the other, soon enough', () => {
  const many = (prefix: string) => text(Array.from({ length: 20_000 }, (_, i) => `${prefix}${i}`));
  const diff = unifiedDiff(many('a'), many('b'));
  expect(diff.startsWith('@@ -1,20000 +1,20000 @@\n-a0\n')).toBe(true);
});

test('nothing and something', () => {
  expect(unifiedDiff('a\n', 'a\n')).toBe('');
  expect(unifiedDiff('', 'a\n')).toBe('@@ -0,0 +1,1 @@\n+a');
  expect(unifiedDiff('a\n', '')).toBe('@@ -1,1 +0,0 @@\n-a');
});

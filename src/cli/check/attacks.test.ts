import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { attacks } from './attacks.ts';

const folder = path.resolve(import.meta.dirname, 'attacks');

test('every attack is in the list, and its id is the place of its file', () => {
  const files = globSync('*/*.ts', { cwd: folder }).filter((file) =>
    /^export const \w+(: Attack =| = \w+Attack\()/m.test(
      readFileSync(path.join(folder, file), 'utf8'),
    ),
  );
  const ids = files.map((file) => file.replace(/\.ts$/, ''));
  expect(attacks.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
});

test.each(attacks)('$id says what it is about', ({ title, why, remedy, benchmarks = [] }) => {
  expect([title, why, remedy].every((text) => text.length > 10 && !text.endsWith('.'))).toBe(true);
  expect(benchmarks.filter((id) => !/^MTB-PL[12]-(BC|CC)-[A-Z]+-\d$/.test(id))).toEqual([]);
});

import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const pages = globSync('docs/**/*.md', { cwd: root });

/** Files of the repository that a page names, and where its links lead. */
function namedIn(page: string): string[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  const files = [...text.matchAll(/`((?:src|test|native|deploy)\/[\w./-]+\.\w+)`/g)];
  // Links to pages: tables also hold regular expressions, which look alike.
  const links = [...text.matchAll(/\]\((?!https?:)([\w./-]+\.md)/g)];
  return [
    ...files.map(([, file = '']) => file),
    ...links.map(([, link = '']) => path.join(path.dirname(page), link)),
  ];
}

test.each(pages)('%s names only what is there', (page) => {
  expect(namedIn(page).filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});

test('what stops an attack, and what differs from upstream, each has a test', () => {
  for (const page of ['docs/threats.md', 'docs/differences.md']) {
    const text = readFileSync(path.join(root, page), 'utf8');
    const rows = text.split('\n').filter((line) => /^\| (?!----|attack |about )/.test(line));
    expect(rows.length).toBeGreaterThan(20);
    const untested = rows.filter((row) => !/\.test\.ts`\s*\|$/.test(row));
    expect(untested).toEqual([]);
  }
});

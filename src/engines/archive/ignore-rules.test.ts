import { describe, expect, test } from 'vitest';
import { ArchiveError } from './archive-error.ts';
import { createIgnoreFilter } from './ignore-rules.ts';

const kept = (paths: string[], specIgnore?: string, files: Record<string, string> = {}) => {
  const sources = Object.entries(files).map(([directory, text]) => ({ directory, text }));
  const isIgnored = createIgnoreFilter(sources, specIgnore);
  return paths.filter((path) => !isIgnored(path));
};

describe('which rules apply', () => {
  const tree = [
    '.git/config',
    'a/.gitignore',
    '.gitmodules',
    'logo.png',
    '.github/ci.yml',
    'a.yaml',
  ];

  test('without user patterns: version control and the defaults', () => {
    expect(kept(tree)).toEqual(['a.yaml']);
    const others = ['x/.sops.yaml', '.flux.yaml', 'a.tar.gz', 'x/.travis.yml', 'docs/a.jpg'];
    expect(kept([...others, 'logo.PNG'])).toEqual(['logo.PNG']);
  });

  test('any user pattern replaces the defaults, not version control', () => {
    expect(kept(tree, 'nothing')).toEqual(['logo.png', '.github/ci.yml', 'a.yaml']);
    expect(kept(tree, undefined, { '': '*.yaml' })).toEqual(['logo.png', '.github/ci.yml']);
  });

  test('comments and blanks are no patterns', () => {
    expect(kept(tree, '# nothing\n\n   \n', { '': '\n' })).toEqual(['a.yaml']);
  });

  test('spec.ignore comes last and wins', () => {
    expect(kept(['a.txt', 'b.txt'], '!a.txt', { '': '*.txt' })).toEqual(['a.txt']);
    expect(kept(['.gitignore', 'x'], '!.gitignore')).toEqual(['.gitignore', 'x']);
    expect(kept(['a/keep.md', 'a/x.md'], 'keep.md', { a: '!keep.md' })).toEqual(['a/x.md']);
  });

  test('a nested .sourceignore speaks of its directory only', () => {
    const paths = ['a.md', 'docs/a.md', 'docs/x/b.md', 'docs2/a.md'];
    const below = ['a.md', 'docs/x/b.md', 'docs2/a.md'];
    expect(kept(paths, undefined, { docs: '/a.md' })).toEqual(below);
    expect(kept(paths, undefined, { docs: '*.md\n!b.md' })).toEqual(below);
  });

  test('deeper files win over those above, in whatever order they come', () => {
    const paths = ['x.md', 'a/x.md', 'a/keep.md'];
    expect(kept(paths, undefined, { a: '!keep.md', '': '*.md' })).toEqual(['a/keep.md']);
    expect(kept(paths, undefined, { '': '*.md', a: '!keep.md' })).toEqual(['a/keep.md']);
  });

  test('the documented way to keep one directory works', () => {
    const paths = ['README.md', 'src/main.go', 'deploy/a.yaml', 'deploy/x/b.yaml', 'deploy/x/c.md'];
    const rules = '/*\n!/deploy\n/deploy/**/*.md\n/deploy/**/*.txt';
    expect(kept(paths, rules)).toEqual(['deploy/a.yaml', 'deploy/x/b.yaml']);
  });

  test('a file can be taken back from an ignored directory', () => {
    expect(kept(['dir/a', 'dir/keep'], 'dir/\n!dir/keep')).toEqual(['dir/keep']);
  });
});

test('too many patterns are refused, by the name of the file', () => {
  expect(() => kept([], 'x\n'.repeat(6000))).toThrow(ArchiveError);
  expect(() => kept([], undefined, { a: 'x'.repeat(300_000) })).toThrow('a/.sourceignore');
});

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** Folder to the folders it may import, as ARCHITECTURE.md says it. */
function readFolderTable(): Map<string, Set<string>> {
  const table = new Map<string, Set<string>>();
  for (const line of readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8').split('\n')) {
    const row = /^\| `([a-z/]+)`\s*\|[^|]*\|([^|]*)\|$/.exec(line);
    if (!row) continue;
    const allowed = (row[2] ?? '').split(',').map((name) => name.trim());
    table.set(row[1] ?? '', new Set(allowed.filter(Boolean)));
  }
  return table;
}

interface Import {
  file: string;
  target: string;
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g;

/** The imports of one file; `target` is a repository path or a package name. */
function importsOf(file: string): Import[] {
  const source = readFileSync(path.join(root, file), 'utf8');
  return [...source.matchAll(importPattern)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) => ({
      file,
      target: specifier.startsWith('.')
        ? path.relative(root, path.resolve(root, path.dirname(file), specifier))
        : specifier,
    }));
}

/** Every import of the tree. */
function readImports(folders: Iterable<string>): Import[] {
  return [...folders].flatMap((folder) =>
    globSync(`${folder}/**/*.{ts,mjs}`, { cwd: root }).flatMap(importsOf),
  );
}

/** `src/kube/watch.ts` → `src/kube`; `test/e2e/x.ts` → `test`. */
function folderOf(file: string): string {
  const parts = file.split(path.sep);
  return parts[0] === 'src' ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

const isTest = (file: string) => file.endsWith('.test.ts') || file.startsWith('test/');
const table = readFolderTable();
const imports = readImports(table.keys());
const local = imports.filter(
  ({ target }) => target.includes('/') && /\.(ts|mjs|json)$/.test(target),
);

describe('architecture', () => {
  test('the folder table is found and covers every source folder', () => {
    expect(table.size).toBeGreaterThan(8);
    const folders = new Set(
      globSync('src/*', { cwd: root }).map((name) => name.replace('\\', '/')),
    );
    expect([...folders].filter((folder) => !table.has(folder))).toEqual([]);
  });

  test('every import stays within the folder table', () => {
    const broken = local.filter(({ file, target }) => {
      const [from, to] = [folderOf(file), folderOf(target)];
      if (from === to) return false;
      // Tests beside the source may also use the support servers.
      if (isTest(file) && (to === 'test' || !file.startsWith('test/')))
        return to !== 'test' && !table.has(to);
      return !table.get(from)?.has(to.replace(/^src\//, ''));
    });
    expect(broken).toEqual([]);
  });

  test('no file imports itself by way of others, not even for a type', () => {
    const targetsOf = Map.groupBy(local, ({ file }) => file);
    const known = new Map<string, 'on the way' | 'free'>();
    const circles: string[] = [];
    const follow = (file: string, way: readonly string[]): void => {
      if (known.get(file) === 'free') return;
      const through = [...way, file];
      if (known.get(file) === 'on the way') {
        circles.push(through.slice(through.indexOf(file)).join(' → '));
        return;
      }
      known.set(file, 'on the way');
      for (const { target } of targetsOf.get(file) ?? []) follow(target, through);
      known.set(file, 'free');
    };
    for (const file of targetsOf.keys()) follow(file, []);
    expect(circles).toEqual([]);
  });

  test('no controller imports another controller', () => {
    const kindOf = (file: string) => file.split('/').slice(0, 3).join('/');
    const broken = local.filter(
      ({ file, target }) =>
        file.startsWith('src/controllers/') &&
        target.startsWith('src/controllers/') &&
        !isTest(file) &&
        kindOf(file) !== kindOf(target) &&
        !target.startsWith('src/controllers/shared/'),
    );
    expect(broken).toEqual([]);
  });

  test('each third-party package is imported in one module', () => {
    const users = new Map<string, Set<string>>();
    for (const { file, target } of imports) {
      if (target.includes('.ts') || isTest(file) || !file.startsWith('src/')) continue;
      // What tests are made of is theirs, and may use what they use.
      if (file.includes('/__fixtures__/')) continue;
      users.set(target, (users.get(target) ?? new Set()).add(file));
    }
    // zod declares schemas: its one module is the folder of kinds.
    const shared = [...users].filter(([name, files]) => {
      const outside = [...files].filter((file) => !(name === 'zod' && file.startsWith('src/api/')));
      return outside.length > 1;
    });
    expect(shared.map(([name, files]) => `${name}: ${[...files].join(', ')}`)).toEqual([]);
  });

  test('no barrels: a module has something of its own', () => {
    const barrels = globSync('src/**/*.ts', { cwd: root }).filter((file) => {
      const code = readFileSync(path.join(root, file), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
      const statements = code
        .split(';')
        .map((statement) => statement.trim())
        .filter(Boolean);
      return (
        statements.length > 0 && statements.every((line) => /^export\s[^]*\sfrom\s/.test(line))
      );
    });
    expect(barrels).toEqual([]);
  });
});

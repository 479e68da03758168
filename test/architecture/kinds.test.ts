import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { generatedFiles, generatedFolders } from '../../src/api/generated-files.ts';
import { defaultInstallOptions } from '../../src/api/install/options.ts';
import { allKinds as kinds } from '../../src/api/kinds.ts';
import { ConditionType, Reason } from '../../src/api/reasons.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const pageOf = (kind: string) => read(`docs/kinds/${kind.toLowerCase()}.md`);

describe('what follows from the declared kinds', () => {
  const files = generatedFiles(read);

  test.each([...files.keys()])('%s is current', (file) => {
    expect(read(file)).toBe(files.get(file));
  });

  test('nothing else lies in the generated folders', () => {
    const found = generatedFolders.flatMap((folder) => globSync(`${folder}/**/*`, { cwd: root }));
    expect(found.filter((file) => path.extname(file) !== '' && !files.has(file))).toEqual([]);
  });

  test('an installation is of the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(defaultInstallOptions).toMatchObject({
      version: `v${version}`,
      image: `tenantry:v${version}`,
    });
  });

  test('every declaration is in the list that everything is generated from', () => {
    const declared = globSync('src/api/**/*.ts', { cwd: root })
      .filter((file) => /^export const \w+ = defineKind\(/m.test(read(file)))
      .map((file) => /^export const (\w+) = defineKind\(/m.exec(read(file))?.[1] ?? '');
    expect(new Set(declared)).toEqual(new Set(kinds.map(({ kind }) => kind)));
  });
});

describe.each(kinds.map(({ kind }) => kind))('the page of %s', (kind) => {
  const byHand = pageOf(kind).split('<!-- generated')[0] ?? '';

  test('begins with an example, in the version that is stored', () => {
    const declared = kinds.find((each) => each.kind === kind);
    expect(byHand).toContain(`# ${kind}\n`);
    expect(byHand).toContain(
      `\`\`\`yaml\napiVersion: ${declared?.group}/${declared?.versions[0].name}\nkind: ${kind}\n`,
    );
  });

  test('explains conditions and reasons that exist', () => {
    const section = /## Conditions and reasons\n([^]*?)(?:\n## |$)/.exec(byHand)?.[1] ?? '';
    const rows = [...section.matchAll(/^\| `(\w+)`\s+\| ([^|]*)\|/gm)];
    expect(rows.length).toBeGreaterThan(0);
    const types = new Set<string>(Object.values(ConditionType));
    const reasons = new Set<string>(Object.values(Reason));
    expect(rows.map(([, type = '']) => type).filter((type) => !types.has(type))).toEqual([]);
    const named = rows.flatMap(([, , cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    expect(named.filter((reason) => !reasons.has(reason))).toEqual([]);
  });

  test('explains every reason its controller gives', () => {
    const folder = `src/controllers/${kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}`;
    const sources = globSync(`${folder}/**/*.ts`, { cwd: root }).filter(
      (file) => !file.endsWith('.test.ts'),
    );
    const given = new Set(
      sources.flatMap((file) =>
        [...read(file).matchAll(/\bReason\.(\w+)/g)].map(([, name]) => name),
      ),
    );
    expect([...given].filter((reason) => !byHand.includes(`\`${reason}\``))).toEqual([]);
  });

  test('describes every field', () => {
    const rows = pageOf(kind).match(/^\| `(spec|status)\.[^`]+` \|.*$/gm) ?? [];
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.filter((row) => / \|\s+\|$/.test(row))).toEqual([]);
  });
});

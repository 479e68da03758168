import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, engineBuildMs } from '../render/__fixtures__/engine.ts';
import { packSource, sourceOf, type TarEntry } from '../render/__fixtures__/tarball.ts';
import { startRenderer, type TestRenderer } from './__fixtures__/renderer.ts';

/*
 * CVE-2022-24877: a kustomization that reads files of the controller. The attacker writes the
 * source; a file of the host stands for the controller's token and must never show.
 */
const canary = 'canary-of-the-host';
let renderer: TestRenderer;
let folder: string;
let secretFile: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'traversal-'));
  secretFile = path.join(folder, 'token.yaml');
  await writeFile(secretFile, configMap('host', `token: ${canary}`));
  renderer = await startRenderer();
}, engineBuildMs);
afterAll(async () => {
  await renderer.pool.close();
  await rm(folder, { recursive: true });
});

/** Every field of a kustomization that reads something, with the path put in. */
const fields: [name: string, kustomization: (path: string) => object][] = [
  ['resources', (entry) => ({ resources: [entry] })],
  ['bases', (entry) => ({ bases: [entry] })],
  ['components', (entry) => ({ components: [entry] })],
  ['patches', (entry) => ({ resources: ['a.yaml'], patches: [{ path: entry }] })],
  ['patchesStrategicMerge', (entry) => ({ resources: ['a.yaml'], patchesStrategicMerge: [entry] })],
  [
    'patchesJson6902',
    (entry) => ({
      resources: ['a.yaml'],
      patchesJson6902: [{ path: entry, target: { version: 'v1', kind: 'ConfigMap', name: 'a' } }],
    }),
  ],
  [
    'configMapGenerator files',
    (entry) => ({ configMapGenerator: [{ name: 'x', files: [entry] }] }),
  ],
  ['named files', (entry) => ({ configMapGenerator: [{ name: 'x', files: [`key=${entry}`] }] })],
  ['configMapGenerator envs', (entry) => ({ configMapGenerator: [{ name: 'x', envs: [entry] }] })],
  ['configMapGenerator env', (entry) => ({ configMapGenerator: [{ name: 'x', env: entry }] })],
  ['secretGenerator files', (entry) => ({ secretGenerator: [{ name: 'x', files: [entry] }] })],
  ['secretGenerator envs', (entry) => ({ secretGenerator: [{ name: 'x', envs: [entry] }] })],
  ['generators', (entry) => ({ generators: [entry] })],
  ['transformers', (entry) => ({ resources: ['a.yaml'], transformers: [entry] })],
  ['validators', (entry) => ({ resources: ['a.yaml'], validators: [entry] })],
  ['configurations', (entry) => ({ resources: ['a.yaml'], configurations: [entry] })],
  ['crds', (entry) => ({ resources: ['a.yaml'], crds: [entry] })],
  ['openapi', (entry) => ({ resources: ['a.yaml'], openapi: { path: entry } })],
  ['replacements', (entry) => ({ resources: ['a.yaml'], replacements: [{ path: entry }] })],
  [
    'helmCharts values',
    (entry) => ({ helmCharts: [{ name: 'x', valuesFile: entry, releaseName: 'x' }] }),
  ],
  ['helmGlobals', (entry) => ({ helmGlobals: { chartHome: entry }, helmCharts: [{ name: 'x' }] })],
];

/** Ways to write the path of a host's file, from a directory two deep. */
const escapes: [name: string, path: (target: string) => string][] = [
  ['by ..', (target) => `../..${target}`],
  ['by many ..', (target) => `${'../'.repeat(40)}${target.slice(1)}`],
  ['by an absolute path', (target) => target],
  ['by .. behind a directory', (target) => `sub/../../../..${target}`],
  ['by percent signs', (target) => `%2e%2e/%2e%2e/%2e%2e${target}`],
  ['by a NUL', (target) => `../..${target}\0.yaml`],
  ['by full-width dots', (target) => `．．/．．/．．${target}`],
  ['by backslashes', (target) => `..\\..\\..${target.replaceAll('/', '\\')}`],
  ['by a doubled slash', (target) => `..//..//..//${target}`],
  ['by its process', () => '../../../proc/self/root/etc/hostname'],
];

describe.each(fields)('%s', (_field, kustomization) => {
  test.each(escapes)('cannot leave the source %s', async (_way, escape) => {
    const failure = await renderer.failure(
      {
        'apps/one/kustomization.yaml': JSON.stringify(kustomization(escape(secretFile))),
        'apps/one/a.yaml': configMap('a'),
        'apps/one/sub/a.yaml': configMap('sub'),
      },
      { path: 'apps/one' },
    );
    expect(failure).toMatch(/^(path-escape|build-failed|remote-base): /);
    expect(failure).not.toContain(canary);
  });

  test('says so when it leads outside', async () => {
    const entry = '../../../outside';
    const failure = await renderer.failure(
      {
        'apps/one/kustomization.yaml': JSON.stringify(kustomization(entry)),
        'apps/one/a.yaml': configMap('a'),
      },
      { path: 'apps/one' },
    );
    if (!_field.startsWith('helm')) expect(failure).toMatch(/^path-escape: .*outside the source/);
  });
});

describe('configuration of a plugin', () => {
  const plugin = (config: object) => ({
    'kustomization.yaml': JSON.stringify({ resources: ['a.yaml'], transformers: ['t.yaml'] }),
    'a.yaml': configMap('a'),
    't.yaml': JSON.stringify({ apiVersion: 'builtin', metadata: { name: 't' }, ...config }),
  });

  test.each([
    { kind: 'PatchTransformer', path: '../../../../etc/hostname' },
    { kind: 'PatchTransformer', path: '/etc/hostname' },
    { kind: 'ReplacementTransformer', replacements: [{ path: '/etc/hostname' }] },
    {
      kind: 'PatchJson6902Transformer',
      target: { name: 'a', kind: 'ConfigMap', version: 'v1' },
      path: '/etc/hostname',
    },
    { kind: 'PatchStrategicMergeTransformer', paths: ['/etc/hostname'] },
    { kind: 'ValueAddTransformer', targetFilePath: '/etc/hostname', value: 'x' },
    { kind: 'ConfigMapGenerator', files: ['/etc/hostname'] },
  ])('cannot read a file of the host: %j', async (config) => {
    expect(await renderer.failure(plugin(config))).toMatch(/^(path-escape|build-failed): /);
  });

  test.each([
    {
      apiVersion: 'a/v1',
      kind: 'Foo',
      metadata: {
        name: 'x',
        annotations: { 'config.kubernetes.io/function': 'exec: {path: /bin/sh}' },
      },
    },
    {
      apiVersion: 'a/v1',
      kind: 'Foo',
      metadata: {
        name: 'x',
        annotations: { 'config.kubernetes.io/function': 'container: {image: evil}' },
      },
    },
    { apiVersion: 'a/v1', kind: 'Foo', metadata: { name: 'x' } },
    { kind: 'HelmChartInflationGenerator', name: 'x', repo: 'https://example.com' },
  ])('cannot run a program: %j', async (config) => {
    expect(await renderer.failure(plugin(config))).toMatch(/^build-failed: /);
  });
});

describe('an artifact', () => {
  const link = (type: '1' | '2', linkTo: string): TarEntry => ({ type, linkTo });

  test.each([
    ['a symbolic link', link('2', '/etc/hostname')],
    ['a symbolic link within', link('2', 'real.yaml')],
    ['a hard link', link('1', '/etc/hostname')],
    ['a hard link within', link('1', 'real.yaml')],
  ])('with %s renders without it, and says so when it is used', async (_what, entry) => {
    const artifact = packSource([
      ['plain/real.yaml', configMap('real')],
      ['plain/link.yaml', entry],
      ['used/kustomization.yaml', 'resources: [../plain/link.yaml]\n'],
    ]);
    const { objects } = await renderer.files({}, { artifact, path: 'plain' });
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['real']);
    await expect(renderer.files({}, { artifact, path: 'used' })).rejects.toMatchObject({
      code: 'build-failed',
      message: expect.stringContaining("'plain/link.yaml' is a symbolic link") as string,
    });
  });

  test('with a link for a directory does not follow it', async () => {
    const artifact = packSource([
      ['up', link('2', '../..')],
      ['chain', link('2', 'up')],
      ['kustomization.yaml', `resources: [chain${secretFile}]\n`],
    ]);
    await expect(renderer.files({}, { artifact })).rejects.toMatchObject({
      code: 'build-failed',
      message: expect.stringContaining("'chain' is a symbolic link") as string,
    });
  });

  test('with a link where the path leads does not follow it', async () => {
    const artifact = packSource([['apps', link('2', folder)]]);
    await expect(renderer.files({}, { artifact, path: 'apps' })).rejects.toMatchObject({
      code: 'path-not-found',
    });
  });

  test.each([
    '../evil.yaml',
    'a/../../evil.yaml',
    '/etc/evil.yaml',
    '..',
    `${'d/'.repeat(300)}evil.yaml`,
    `${'d'.repeat(5000)}/evil.yaml`,
  ])('with the entry %s is refused whole', async (name) => {
    const artifact = packSource([
      ['a.yaml', configMap('a')],
      [name, configMap('evil')],
    ]);
    await expect(renderer.files({}, { artifact })).rejects.toMatchObject({ code: 'bad-artifact' });
  });

  test.each(['3', '4', '6'] as const)(
    'with a device or pipe (%s) is refused whole',
    async (type) => {
      const artifact = packSource([['device', { type }]]);
      await expect(renderer.files({}, { artifact })).rejects.toMatchObject({
        code: 'bad-artifact',
      });
    },
  );

  test('with a file where a directory is needed is refused', async () => {
    const artifact = packSource([
      ['a', 'file'],
      ['a/b.yaml', configMap('b')],
    ]);
    await expect(renderer.files({}, { artifact })).rejects.toMatchObject({ code: 'bad-artifact' });
  });

  test('whose content is not what the digest says is refused', async () => {
    const { digest } = packSource({ 'a.yaml': configMap('a') });
    const { open } = packSource({ 'a.yaml': configMap('b') });
    await expect(renderer.files({}, { artifact: { digest, open } })).rejects.toMatchObject({
      code: 'bad-artifact',
    });
  });

  test.each(['sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709', 'md5:x', 'sha256', ''])(
    'with the digest %j is refused',
    async (digest) => {
      const { open } = packSource({});
      await expect(renderer.files({}, { artifact: { digest, open } })).rejects.toMatchObject({
        code: 'bad-artifact',
      });
    },
  );

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello')],
    ['half an archive', packSource({ 'a.yaml': configMap('a') }).bytes.subarray(0, 60)],
  ])('of %s is refused', async (_what, bytes) => {
    await expect(renderer.files({}, { artifact: sourceOf(bytes) })).rejects.toMatchObject({
      code: 'bad-artifact',
    });
  });
});

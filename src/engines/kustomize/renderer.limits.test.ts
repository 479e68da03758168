import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  aliasBomb,
  configMap,
  endlessFiles,
  engineBuildMs,
} from '../render/__fixtures__/engine.ts';
import { packSource } from '../render/__fixtures__/tarball.ts';
import { startRenderer, type TestRenderer } from './__fixtures__/renderer.ts';

/*
 * CVE-2022-24878: a kustomization that keeps the controller busy for ever. Every row must end, in an
 * error, within the deadline, and leave a pool that serves the next tenant.
 */
let renderer: TestRenderer;
beforeAll(async () => {
  renderer = await startRenderer({ deadlineMs: 1000, maxMemoryBytes: 256 << 20 });
}, engineBuildMs);
afterAll(() => renderer.pool.close());

const chain = (length: number) =>
  Object.fromEntries([
    ...Array.from({ length }, (_, i) => [
      i === 0 ? 'kustomization.yaml' : `d${i}/kustomization.yaml`,
      `resources: [${i === 0 ? '' : '../'}d${i + 1}]\n`,
    ]),
    [`d${length}/kustomization.yaml`, 'resources: [a.yaml]\n'],
    [`d${length}/a.yaml`, configMap('a')],
  ]) as Record<string, string>;

const withObject = (kustomization: string, object = configMap('a')) => ({
  'kustomization.yaml': `resources: [a.yaml]\n${kustomization}`,
  'a.yaml': object,
});

const rows: [name: string, files: Record<string, string>, failure: RegExp][] = [
  ['itself', { 'kustomization.yaml': 'resources: [.]\n' }, /^build-failed: .*include each other/],
  [
    'itself by another way',
    { 'kustomization.yaml': 'resources: [a/..]\n', 'a/b': '' },
    /^build-failed/,
  ],
  [
    'each other',
    {
      'kustomization.yaml': 'resources: [a]\n',
      'a/kustomization.yaml': 'resources: [../b]\n',
      'b/kustomization.yaml': 'resources: [../a]\n',
    },
    /^build-failed: .*a -> b -> a/,
  ],
  [
    'each other as components',
    {
      'kustomization.yaml': 'components: [a]\n',
      'a/kustomization.yaml': 'kind: Component\ncomponents: [../b]\n',
      'b/kustomization.yaml': 'kind: Component\ncomponents: [../a]\n',
    },
    /^build-failed: .*include each other/,
  ],
  [
    'its parent',
    { 'kustomization.yaml': 'resources: [a]\n', 'a/kustomization.yaml': 'resources: [..]\n' },
    /^build-failed: .*(include each other|cycle)/,
  ],
  ['ten thousand levels', chain(10_000), /^build-failed: .*nested more than 100 deep/],
  ['a tree that doubles', endlessFiles(12), /^deadline-exceeded|^memory-exceeded/],
  ['a tree that doubles too often', endlessFiles(40), /^build-failed: .*add up to more than/],
  ['a bomb of aliases', withObject('', configMap('a') + aliasBomb()), /^memory-exceeded|^deadline/],
  ['a bomb of aliases in the kustomization', withObject(aliasBomb()), /^build-failed/],
  [
    'a patch of great size',
    {
      ...withObject('patches: [{path: patch.yaml}]\n'),
      'patch.yaml': `${configMap('a').replace('{}', '')}${Array.from({ length: 300_000 }, (_, i) => `  k${i}: x\n`).join('')}`,
    },
    /^(deadline|memory)-exceeded/,
  ],
  [
    'a hundred thousand patches',
    withObject(
      `patches:\n${'- {target: {kind: ConfigMap}, patch: "- {op: add, path: /data/a, value: b}"}\n'.repeat(100_000)}`,
    ),
    /^(deadline|memory)-exceeded/,
  ],
  ['deep YAML', withObject('', `${configMap('a')}x: ${'['.repeat(50_000)}`), /^build-failed/],
  [
    'YAML that is as deep as is read',
    withObject('', `${configMap('a')}x: ${'['.repeat(9000)}${']'.repeat(9000)}\n`),
    /^build-failed: .*nests too deep/,
  ],
];

describe.each(rows)('%s', (_name, files, failure) => {
  test('ends in an error, and the next tenant is served', async () => {
    expect(await renderer.failure(files, { tenant: 'attacker' })).toMatch(failure);
    const { objects } = await renderer.files({ 'a.yaml': configMap('a') }, { tenant: 'victim' });
    expect(objects).toHaveLength(1);
  });
});

describe('an artifact', () => {
  test('that unpacks to more than its share is refused', async () => {
    const artifact = packSource({ 'zeros.bin': Buffer.alloc(80 << 20) });
    expect(artifact.bytes.length).toBeLessThan(1 << 20);
    await expect(renderer.files({}, { artifact })).rejects.toMatchObject({
      code: 'bad-artifact',
      message: expect.stringContaining('unpacks to more than') as string,
    });
  });

  test('with too many entries is refused', async () => {
    const entries = Array.from({ length: 100_001 }, (_, i) => [`f${i}`, ''] as [string, string]);
    await expect(
      renderer.files({}, { artifact: packSource(entries), deadlineMs: 10_000 }),
    ).rejects.toMatchObject({ code: 'bad-artifact' });
  });

  test('that never ends is refused before it is all read', async () => {
    let sent = 0;
    async function* endless() {
      for (;;) {
        sent += 1;
        yield Buffer.alloc(1 << 20);
        await Promise.resolve();
      }
    }
    const artifact = { digest: 'sha256:00', open: () => Promise.resolve(endless()) };
    await expect(renderer.files({}, { artifact, deadlineMs: 10_000 })).rejects.toMatchObject({
      code: 'bad-artifact',
    });
    expect(sent).toBeLessThan(130);
  });
});

describe('the victim of a flood', () => {
  test('is served while all the builds of the attacker still run', async () => {
    const stop = new AbortController();
    let ended = 0;
    const flood = Array.from({ length: 30 }, (_, i) =>
      renderer
        .failure(
          { ...endlessFiles(12), 'salt.txt': `${i}` },
          { tenant: 'attacker', signal: stop.signal, deadlineMs: 60_000 },
        )
        .then(() => (ended += 1)),
    );
    for (let i = 0; i < 3; i += 1) {
      const files = { 'a.yaml': configMap(`victim-${i}`) };
      expect((await renderer.files(files, { tenant: 'victim' })).objects).toHaveLength(1);
    }
    expect(ended).toBe(0);
    stop.abort();
    await Promise.all(flood);
  });
});

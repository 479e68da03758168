import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGitServer, type GitServer } from '../../../test/support/git-server.ts';
import { configMap, engineBuildMs } from '../render/__fixtures__/engine.ts';
import { startRenderer, type TestRenderer } from './__fixtures__/renderer.ts';

let renderer: TestRenderer;
let git: GitServer;
let requests = 0;
const web = createServer((_request, response) => {
  requests += 1;
  response.end(configMap('fetched'));
});
let webOrigin: string;

beforeAll(async () => {
  renderer = await startRenderer();
  git = await startGitServer();
  await git.createRepo('bases', {
    'base/kustomization.yaml': 'resources: [a.yaml]\n',
    'base/a.yaml': configMap('remote'),
    'evil/kustomization.yaml': 'resources: [../../../../../../etc/hostname]\n',
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  webOrigin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
}, engineBuildMs);
afterAll(async () => {
  await renderer.pool.close();
  await git.stop();
  web.close();
});

const remotes = () => [
  `${webOrigin}/a.yaml`,
  webOrigin.toUpperCase(),
  `http:${webOrigin.slice(5)}`,
  `https:example.com/a.yaml`,
  git.url('bases'),
  `${git.url('bases')}//base?ref=main`,
  `git::${git.url('bases')}`,
  'ssh://git@127.0.0.1/repo',
  'git@127.0.0.1:org/repo',
  'user@127.0.0.1/org/repo',
  'github.com/org/repo',
  'GitHub.com/org/repo//base',
  'github.com:org/repo',
  'gh:org/repo',
  'git://127.0.0.1/repo',
  'file:///etc',
  'oci://127.0.0.1/repo',
];

const fields: [name: string, kustomization: (entry: string) => object][] = [
  ['resources', (entry) => ({ resources: [entry] })],
  ['bases', (entry) => ({ bases: [entry] })],
  ['components', (entry) => ({ components: [entry] })],
  ['patches', (entry) => ({ resources: ['a.yaml'], patches: [{ path: entry }] })],
  ['patchesStrategicMerge', (entry) => ({ resources: ['a.yaml'], patchesStrategicMerge: [entry] })],
  ['configMapGenerator', (entry) => ({ configMapGenerator: [{ name: 'x', files: [entry] }] })],
  ['secretGenerator', (entry) => ({ secretGenerator: [{ name: 'x', envs: [entry] }] })],
  ['generators', (entry) => ({ generators: [entry] })],
  ['transformers', (entry) => ({ resources: ['a.yaml'], transformers: [entry] })],
  ['validators', (entry) => ({ resources: ['a.yaml'], validators: [entry] })],
  ['configurations', (entry) => ({ resources: ['a.yaml'], configurations: [entry] })],
  ['crds', (entry) => ({ resources: ['a.yaml'], crds: [entry] })],
  ['openapi', (entry) => ({ resources: ['a.yaml'], openapi: { path: entry } })],
  ['replacements', (entry) => ({ resources: ['a.yaml'], replacements: [{ path: entry }] })],
];

describe('without remote bases', () => {
  test.each(fields)('%s may name nothing remote', async (field, kustomization) => {
    for (const entry of remotes()) {
      const failure = await renderer.failure({
        'kustomization.yaml': JSON.stringify(kustomization(entry)),
        'a.yaml': configMap('a'),
      });
      expect(failure, entry).toMatch(/^remote-base: the /);
      if (!field.startsWith('bases')) expect(failure).toContain(`the ${field} entry`);
    }
    expect(requests).toBe(0);
    expect(git.requests).toEqual([]);
  });

  test('a chart repository is named', async () => {
    const helmCharts = [{ name: 'nginx', repo: 'https://example.com' }];
    expect(
      await renderer.failure({ 'kustomization.yaml': JSON.stringify({ helmCharts }) }),
    ).toMatch(/^remote-base: .*"nginx".*HelmRelease/);
  });

  test('is found through local bases, and names where', async () => {
    const failure = await renderer.failure(
      {
        'apps/kustomization.yaml': 'resources: [../middle]\n',
        'middle/kustomization.yaml': 'components: [../deep]\n',
        'deep/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: ["${webOrigin}/x.yaml"]\n`,
      },
      { path: 'apps' },
    );
    expect(failure).toContain('deep/kustomization.yaml is remote');
    expect(requests).toBe(0);
  });

  test('is found where no list of entries shows it, in the configuration of a plugin', async () => {
    const failure = await renderer.failure({
      'kustomization.yaml': 'resources: [a.yaml]\ntransformers: [t.yaml]\n',
      'a.yaml': configMap('a'),
      't.yaml': `apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: ${webOrigin}/patch.yaml\n`,
    });
    expect(failure).toMatch(/^remote-base: /);
    expect(requests).toBe(0);
  });

  test('a local file whose name only looks remote is local', async () => {
    const { objects } = await renderer.files({
      'kustomization.yaml': 'resources: [./github.com/a.yaml]\n',
      'github.com/a.yaml': configMap('a'),
    });
    expect(objects).toHaveLength(1);
  });

  test('no message repeats credentials', async () => {
    const url = 'https://user:hunter2@example.com/base';
    const failure = await renderer.failure({ 'kustomization.yaml': `resources: ["${url}"]\n` });
    expect(failure).toMatch(/^remote-base: .*example\.com/);
    expect(failure).not.toContain('hunter2');
  });
});

describe('with remote bases allowed', () => {
  let allowing: TestRenderer;
  beforeAll(async () => {
    allowing = await startRenderer({ allowRemote: true });
  });
  afterAll(() => allowing.pool.close());

  test('bases come from Git and files from the web', async () => {
    const { objects } = await allowing.files({
      'kustomization.yaml': `resources: ["${git.url('bases')}//base?ref=main", "${webOrigin}/a.yaml"]\n`,
    });
    expect(objects.map(({ metadata }) => metadata.name).sort()).toEqual(['fetched', 'remote']);
  });

  test('the host stays out of reach', async () => {
    for (const entry of ['file:///etc', 'file:///', `${git.url('bases')}//evil?ref=main`]) {
      const failure = await allowing.failure({ 'kustomization.yaml': `resources: ["${entry}"]\n` });
      expect(failure).toMatch(/^(remote-base|path-escape|build-failed): /);
    }
    expect(
      await allowing.failure({ 'kustomization.yaml': 'resources: [../../etc/hostname]\n' }),
    ).toMatch(/^path-escape/);
  });
});

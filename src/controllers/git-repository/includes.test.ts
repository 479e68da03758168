import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryCaches, type MemoryCaches } from '../../../test/support/memory-caches.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import {
  formatKey,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../kube/object.ts';
import { resolveIncludes } from './includes.ts';

const artifact = (revision: string) => ({
  digest: `sha256:${'a'.repeat(64)}`,
  lastUpdateTime: '2026-01-01T00:00:00Z',
  path: 'p',
  revision,
  url: 'http://host/p',
});
const repository = (name: string, include: object[] = [], revision?: string): KubeObject => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { namespace: 'team-a', name },
  spec: { url: 'https://host/r', interval: '1m', include },
  status: revision ? { artifact: artifact(revision) } : {},
});
const including = (...names: string[]) => names.map((name) => ({ repository: { name } }));

let caches: MemoryCaches;
let tracked: string[];

beforeEach(() => {
  caches = createMemoryCaches();
  tracked = [];
});

const resolve = (repo: KubeObject) =>
  resolveIncludes(GitRepository.decode(repo), caches, {
    signal: new AbortController().signal,
    track: (_: ResourceType, key: ObjectKey | { namespace: string }) =>
      void tracked.push('name' in key ? formatKey(key) : key.namespace),
  });
const put = (...objects: KubeObject[]) =>
  objects.forEach((object) => caches.put(GitRepository.type, object));

test('without spec.include nothing is looked at', async () => {
  caches.isSynced = false;
  expect(await resolve(repository('app'))).toEqual([]);
});

test('each artifact, with where it goes; by default below its own name', async () => {
  put(repository('lib', [], 'main@sha1:1'), repository('base', [], 'main@sha1:2'));
  const includes = await resolve(
    repository('app', [
      { repository: { name: 'lib' }, fromPath: './deploy//prod/', toPath: '/vendor/lib' },
      { repository: { name: 'base' } },
    ]),
  );
  expect(includes).toEqual([
    {
      key: { namespace: 'team-a', name: 'lib' },
      artifact: artifact('main@sha1:1'),
      fromPath: 'deploy/prod',
      toPath: 'vendor/lib',
    },
    {
      key: { namespace: 'team-a', name: 'base' },
      artifact: artifact('main@sha1:2'),
      fromPath: '',
      toPath: 'base',
    },
  ]);
  expect(tracked).toEqual(['team-a/lib', 'team-a/base']);
});

describe('not there yet: waits, and is woken', () => {
  test('no such GitRepository', async () => {
    await expect(resolve(repository('app', including('lib', 'base')))).rejects.toMatchObject({
      class: 'waiting',
      reason: 'NotFound',
      afterMs: 30_000,
      message: expect.stringContaining("'lib'"),
    });
    expect(tracked).toEqual(['team-a/lib', 'team-a/base']);
  });

  test('one of the same name in another namespace does not count', async () => {
    const foreign = repository('lib', [], 'main@sha1:1');
    put({ ...foreign, metadata: { namespace: 'team-b', name: 'lib' } });
    await expect(resolve(repository('app', including('lib')))).rejects.toMatchObject({
      reason: 'NotFound',
    });
  });

  test('no artifact', async () => {
    put(repository('lib'));
    await expect(resolve(repository('app', including('lib')))).rejects.toMatchObject({
      class: 'waiting',
      reason: 'NoSourceArtifact',
    });
  });
});

describe('never possible: stalls', () => {
  test.each(['..', '../other', 'a/../../b', '/..', 'a/..', 'x\0y'])('path %j', async (path) => {
    put(repository('lib', [], 'main@sha1:1'));
    for (const field of ['fromPath', 'toPath']) {
      const repo = repository('app', [{ repository: { name: 'lib' }, [field]: path }]);
      await expect(resolve(repo)).rejects.toMatchObject({
        class: 'stalled',
        reason: 'IllegalPath',
      });
    }
  });

  test('itself', async () => {
    await expect(resolve(repository('app', including('app')))).rejects.toMatchObject({
      class: 'stalled',
      message: expect.stringContaining('app → app'),
    });
  });

  test('a way back to itself, through a malformed object even', async () => {
    put(
      repository('lib', [{ nonsense: true }, ...including('base')], 'main@sha1:1'),
      repository('base', including('app'), 'main@sha1:2'),
    );
    await expect(resolve(repository('app', including('lib')))).rejects.toMatchObject({
      class: 'stalled',
      message: expect.stringContaining('app → lib → base → app'),
    });
  });

  test('a cycle of others is theirs to stall on', async () => {
    put(
      repository('lib', including('base'), 'main@sha1:1'),
      repository('base', including('lib'), 'main@sha1:2'),
    );
    expect(await resolve(repository('app', including('lib')))).toHaveLength(1);
  });
});

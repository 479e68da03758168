import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/estate.ts';
import { startGitServer, type GitServer } from '../../../test/support/git-server.ts';
import {
  conditionOf,
  startSourceHarness,
  type SourceHarness,
} from '../../../test/support/source-harness.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import { isNotFound } from '../../kube/api-error.ts';

let harness: SourceHarness;
let server: GitServer;
let namespace: string;

beforeAll(async () => {
  [harness, server] = await Promise.all([
    startSourceHarness({ retention: { ttlMs: 0, records: 1 } }),
    startGitServer(),
  ]);
  namespace = await harness.namespace();
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await server.stop();
});

async function fleet(spec: object = {}, at = namespace) {
  const name = freshName('fleet');
  const commit = await server.createRepo(name, { 'a.yaml': 'a' });
  await harness.declare(at, name, { url: server.url(name), ...spec });
  return { name, revision: `main@sha1:${commit}` };
}
const fileOf = (artifactPath = '') => path.join(harness.storagePath, 'artifacts', artifactPath);
const directoryOf = (name: string) => fileOf(`gitrepository/${namespace}/${name}`);
const eventsOf = (name: string) =>
  harness.events.filter(({ about }) => about === `${namespace}/${name}`);

describe('damage is noticed and mended', () => {
  test('a changed file: a warning, and the same artifact again, without a fetch', async () => {
    const { name, revision } = await fleet();
    const { status } = await harness.ready(namespace, name, revision);
    await writeFile(fileOf(status?.artifact?.path), 'tampered with');
    await harness.request(namespace, name);
    const mended = await harness.ready(namespace, name, revision);
    expect(mended.status?.artifact?.digest).toBe(status?.artifact?.digest);
    expect(await harness.files(namespace, name)).toEqual({ 'a.yaml': 'a' });
    expect(eventsOf(name).filter(({ severity }) => severity === 'error')).toMatchObject([
      { reason: 'ArtifactVerificationFailed', message: expect.stringContaining('damaged') },
    ]);
    const news = eventsOf(name).filter(({ reason }) => reason === 'NewArtifact');
    expect(news).toHaveLength(1);
    expect(server.count('fetch', name)).toBe(1);
  });

  test('a missing file, as after a restart on an empty volume: mended without alarm', async () => {
    const { name, revision } = await fleet();
    const { status } = await harness.ready(namespace, name, revision);
    await rm(directoryOf(name), { recursive: true });
    await harness.request(namespace, name);
    const mended = await harness.ready(namespace, name, revision);
    expect(mended.status?.artifact?.digest).toBe(status?.artifact?.digest);
    expect(await harness.files(namespace, name)).toEqual({ 'a.yaml': 'a' });
    expect(eventsOf(name).filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(eventsOf(name)).toContainEqual(
      expect.objectContaining({ severity: 'trace', reason: 'ArtifactVerificationFailed' }),
    );
  });

  test('while it cannot be mended, nobody is sent to the missing file', async () => {
    const { name, revision } = await fleet();
    await harness.ready(namespace, name, revision);
    await rm(directoryOf(name), { recursive: true });
    server.fault({ kind: 'status', status: 500 }, name);
    await harness.request(namespace, name);
    const failed = await harness.failed(namespace, name, 'GitOperationFailed');
    expect(failed.status?.artifact).toBeUndefined();
    expect(conditionOf(failed, 'ArtifactInStorage')).toBeUndefined();
    server.heal();
    await harness.ready(namespace, name, revision);
  });

  test('a forged status can neither remove nor take over a neighbour’s file', async () => {
    const victim = await fleet();
    const { status } = await harness.ready(namespace, victim.name, victim.revision);
    const neighbour = await harness.namespace('neighbour');
    const { name, revision } = await fleet({}, neighbour);
    const own = await harness.ready(neighbour, name, revision);
    const forged = { ...status?.artifact, digest: `sha256:${'0'.repeat(64)}` };
    for (const artifact of [forged, { ...forged, path: '../../etc/passwd' }, status?.artifact]) {
      await harness.admin.patch(
        GitRepository.type,
        { namespace: neighbour, name },
        { type: 'merge', body: { status: { artifact: { ...artifact } } } },
        { subresource: 'status' },
      );
      await harness.request(neighbour, name);
      const mended = await harness.ready(neighbour, name, revision);
      expect(mended.status?.artifact?.path).toBe(own.status?.artifact?.path);
    }
    expect(await harness.files(namespace, victim.name)).toEqual({ 'a.yaml': 'a' });
  });
});

test('replaced artifacts are collected, the current one stays', async () => {
  const { name, revision } = await fleet();
  await harness.ready(namespace, name, revision);
  const commit = await server.commit(name, { write: { 'a.yaml': 'b' } });
  await harness.request(namespace, name);
  await harness.ready(namespace, name, `main@sha1:${commit}`);
  await eventually('one file is left', async () => {
    await harness.request(namespace, name);
    const files = await readdir(directoryOf(name));
    return files.length === 1 && files[0] === `${commit}.tar.gz` ? true : undefined;
  });
});

describe('suspended', () => {
  test('does nothing but answer, until it is resumed', async () => {
    const { name, revision } = await fleet();
    await harness.ready(namespace, name, revision);
    await harness.declare(namespace, name, { url: server.url(name), suspend: true });
    const commit = await server.commit(name, { write: { 'a.yaml': 'b' } });
    server.requests.length = 0;
    const { status } = await harness.request(namespace, name);
    expect(status?.artifact?.revision).toBe(revision);
    expect(server.requests.filter(({ repository }) => repository === name)).toEqual([]);
    await harness.declare(namespace, name, { url: server.url(name), suspend: false });
    await harness.ready(namespace, name, `main@sha1:${commit}`);
  });
});

describe('deleted', () => {
  test.each([false, true])('its directory goes with it (suspended: %j)', async (suspend) => {
    const { name, revision } = await fleet();
    await harness.ready(namespace, name, revision);
    await harness.declare(namespace, name, { url: server.url(name), suspend });
    await kubectlOk(['delete', 'gitrepository', name, '-n', namespace, '--timeout=240s']);
    await expect(harness.get(namespace, name)).rejects.toSatisfy(isNotFound);
    await expect(readdir(directoryOf(name))).rejects.toThrow(/ENOENT/);
  });
});

test('a new address heals every URL without a fetch; a restart forgets nothing', async () => {
  const { name, revision } = await fleet();
  const { status } = await harness.ready(namespace, name, revision);
  server.requests.length = 0;
  await harness.restart({ advertisedAddress: 'sources.example.:8080' });
  await harness.request(namespace, name);
  const moved = await harness.ready(namespace, name, revision);
  expect(moved.status?.artifact).toEqual({
    ...status?.artifact,
    url: `http://sources.example.:8080/${status?.artifact?.path}`,
  });
  expect(server.count('fetch', name)).toBe(0);
});

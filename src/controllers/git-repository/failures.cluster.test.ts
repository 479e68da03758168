import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { startGitServer, type GitServer } from '../../../test/support/git-server.ts';
import type { GitFault } from '../../../test/support/git-server-http.ts';
import {
  conditionOf,
  startSourceHarness,
  type SourceHarness,
} from '../../../test/support/source-harness.ts';

let harness: SourceHarness;
let server: GitServer;
let namespace: string;

beforeAll(async () => {
  [harness, server] = await Promise.all([
    startSourceHarness({ maxArtifactBytes: 100_000 }),
    startGitServer(),
  ]);
  namespace = await harness.namespace();
});
afterEach(() => server.heal());
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await server.stop();
});

async function fleet(spec: object = {}) {
  const name = freshName('fleet');
  const commit = await server.createRepo(name, { 'a.yaml': 'a' });
  await harness.declare(namespace, name, { url: server.url(name), ...spec });
  return { name, revision: `main@sha1:${commit}` };
}
const eventsOf = (name: string) =>
  harness.events.filter(({ about }) => about === `${namespace}/${name}`);

describe('a Git server that fails keeps the last artifact, is named, and recovers by itself', () => {
  test.each<[string, GitFault]>([
    ['answers 500', { kind: 'status', status: 500 }],
    ['answers 503', { kind: 'status', status: 503 }],
    ['stalls', { kind: 'stall' }],
    ['breaks off', { kind: 'truncate', afterBytes: 40 }],
  ])('%s', async (_, fault) => {
    const { name, revision } = await fleet({ timeout: fault.kind === 'stall' ? '3s' : '1m' });
    const before = await harness.ready(namespace, name, revision);
    server.fault(fault, name);
    const commit = await server.commit(name, { write: { 'a.yaml': 'b' } });
    await harness.request(namespace, name);
    const failed = await harness.failed(namespace, name, 'GitOperationFailed');
    expect(conditionOf(failed, 'FetchFailed')).toMatchObject({
      status: 'True',
      reason: 'GitOperationFailed',
      message: conditionOf(failed, 'Ready')?.message,
    });
    expect(conditionOf(failed, 'Reconciling')?.reason).toBe('ProgressingWithRetry');
    expect(conditionOf(failed, 'ArtifactInStorage')?.status).toBe('True');
    expect(failed.status?.artifact).toEqual(before.status?.artifact);
    server.heal();
    const healed = await harness.ready(namespace, name, `main@sha1:${commit}`);
    expect(conditionOf(healed, 'FetchFailed')).toBeUndefined();
  });

  test('recovering without a new commit is told as Succeeded', async () => {
    const { name, revision } = await fleet();
    await harness.ready(namespace, name, revision);
    server.fault({ kind: 'status', status: 500 }, name);
    await harness.request(namespace, name);
    await harness.failed(namespace, name, 'GitOperationFailed');
    server.heal();
    await harness.ready(namespace, name, revision);
    const told = eventsOf(name).filter(({ severity }) => severity !== 'trace');
    expect(told[0]).toMatchObject({ severity: 'info', reason: 'NewArtifact' });
    expect(told[1]).toMatchObject({ severity: 'error', reason: 'GitOperationFailed' });
    expect(told.at(-1)).toMatchObject({
      severity: 'info',
      reason: 'Succeeded',
      message: `stored artifact for revision '${revision}'`,
      metadata: { revision },
    });
  });
});

describe('bad input says what to change', () => {
  test.each<[string, object, string, RegExp]>([
    ['branch', { ref: { branch: 'nowhere' } }, 'GitOperationFailed', /no branch 'nowhere'/],
    ['tag', { ref: { tag: 'v9' } }, 'GitOperationFailed', /no tag 'v9'/],
    ['range', { ref: { semver: '>=9' } }, 'GitOperationFailed', />=9/],
    ['reference', { ref: { branch: 'a..b' } }, 'GitOperationFailed', /spec\.ref\.branch/],
    ['commit', { ref: { commit: 'abc' } }, 'GitOperationFailed', /spec\.ref\.commit/],
    ['provider', { provider: 'github' }, 'InvalidSpec', /spec\.provider/],
    [
      'verification',
      { verify: { mode: 'HEAD', secretRef: { name: 'keys' } } },
      'InvalidSpec',
      /spec\.verify/,
    ],
  ])('%s', async (_, spec, reason, message) => {
    const { name } = await fleet(spec);
    const failed = await harness.failed(namespace, name, reason);
    expect(conditionOf(failed, 'Ready')?.message).toMatch(message);
  });

  test.each(['http://169.254.169.254/latest/meta-data', 'https://[fe80::1]/fleet.git'])(
    'an address that only this machine can reach: %s',
    async (url) => {
      const name = freshName('ssrf');
      await harness.declare(namespace, name, { url });
      const failed = await harness.failed(namespace, name, 'URLInvalid');
      expect(conditionOf(failed, 'Stalled')?.status).toBe('True');
    },
  );

  test('a repository that does not exist', async () => {
    const name = freshName('missing');
    await harness.declare(namespace, name, { url: server.url(name) });
    await harness.failed(namespace, name, 'GitOperationFailed');
  });

  test('an empty repository, until the first push', async () => {
    const name = freshName('empty');
    await server.createRepo(name);
    await harness.declare(namespace, name, { url: server.url(name) });
    await harness.failed(namespace, name, 'EmptyGitRepository');
    const commit = await server.commit(name, { write: { 'a.yaml': 'a' } });
    await harness.ready(namespace, name, `main@sha1:${commit}`);
  });

  test('a branch that appears later is picked up', async () => {
    const { name } = await fleet({ ref: { branch: 'later' } });
    await harness.failed(namespace, name, 'GitOperationFailed');
    const commit = await server.commit(name, { write: { b: 'b' }, branch: 'later' });
    await harness.ready(namespace, name, `later@sha1:${commit}`);
  });

  test('what is stalled is not tried again, and a new spec helps', async () => {
    const { name, revision } = await fleet({ provider: 'azure' });
    const failed = await harness.failed(namespace, name, 'InvalidSpec');
    expect(conditionOf(failed, 'Stalled')?.status).toBe('True');
    expect(server.count('info-refs', name)).toBe(0);
    await harness.declare(namespace, name, { url: server.url(name) });
    await harness.ready(namespace, name, revision);
  });
});

test('an artifact the volume has no room for fails storage, and a smaller one recovers', async () => {
  const { name, revision } = await fleet();
  const before = await harness.ready(namespace, name, revision);
  const noise = Array.from({ length: 40_000 }, (_, index) => (index * 7919) % 65_521).join(' ');
  await server.commit(name, { write: { 'noise.txt': noise } });
  await harness.request(namespace, name);
  const failed = await harness.failed(namespace, name, 'ArchiveOperationFailed');
  expect(conditionOf(failed, 'StorageOperationFailed')?.status).toBe('True');
  expect(conditionOf(failed, 'ArtifactOutdated')?.reason).toBe('NewRevision');
  expect(failed.status?.artifact).toEqual(before.status?.artifact);
  expect(await harness.files(namespace, name)).toEqual({ 'a.yaml': 'a' });
  const commit = await server.commit(name, { remove: ['noise.txt'] });
  const healed = await harness.ready(namespace, name, `main@sha1:${commit}`);
  expect(conditionOf(healed, 'StorageOperationFailed')).toBeUndefined();
  expect(conditionOf(healed, 'ArtifactOutdated')).toBeUndefined();
});

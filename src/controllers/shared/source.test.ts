import { beforeEach, describe, expect, test } from 'vitest';
import { accessPolicyFor } from '../../access/security-profile.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import { ReconcileError } from '../../base/errors.ts';
import { formatKey, type ObjectKey, type ResourceType } from '../../kube/object.ts';
import { createMemoryCaches, type MemoryCaches } from '../../../test/support/memory-caches.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { resolveSource, type SourceRef } from './source.ts';

const artifact = {
  digest: `sha256:${'a'.repeat(64)}`,
  lastUpdateTime: '2026-01-01T00:00:00Z',
  path: 'gitrepository/team-a/apps/abc.tar.gz',
  revision: 'main@sha1:abc',
  url: 'http://host/gitrepository/team-a/apps/abc.tar.gz',
};
const repository = (namespace: string, spec: object, status: object = { artifact }) => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { namespace, name: 'apps' },
  spec,
  status,
});
const grantTo = (matchLabels: Record<string, string>) => ({
  accessFrom: { namespaceSelectors: [{ matchLabels }] },
});

let caches: MemoryCaches;
let tracked: string[];

beforeEach(() => {
  caches = createMemoryCaches();
  tracked = [];
  for (const name of ['team-a', 'team-b']) {
    const labels = { 'kubernetes.io/metadata.name': name };
    caches.put(namespaceType, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    });
  }
});

const resolve = (ref: Partial<SourceRef>, from = 'team-b', policy = accessPolicyFor()) =>
  resolveSource({
    referrer: { namespace: from },
    ref: { kind: 'GitRepository', name: 'apps', ...ref },
    access: { caches, policy, kinds: [GitRepository.type] },
    run: {
      signal: new AbortController().signal,
      track: (type: ResourceType, key: ObjectKey | { namespace: string }) =>
        void tracked.push(`${type.kind} ${'name' in key ? formatKey(key) : key.namespace}`),
    },
  });

async function failureOf(result: Promise<unknown>): Promise<ReconcileError> {
  const error = await result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ReconcileError) return error;
  throw new Error(`expected a ReconcileError, got ${String(error)}`);
}

describe('in the same namespace', () => {
  test.each([{}, { namespace: 'team-a' }, { namespace: '' }])('%j: the artifact', async (ref) => {
    caches.put(GitRepository.type, repository('team-a', {}));
    expect(await resolve(ref, 'team-a')).toMatchObject({
      key: { namespace: 'team-a', name: 'apps' },
      artifact,
      type: GitRepository.type,
    });
  });

  test('no such source: says so, and wakes when it appears', async () => {
    expect(await failureOf(resolve({}, 'team-a'))).toMatchObject({
      class: 'retryable',
      reason: 'ArtifactFailed',
      message: expect.stringContaining("GitRepository 'team-a/apps' not found"),
    });
    expect(tracked).toContain('GitRepository team-a/apps');
  });

  test.each([undefined, {}, { artifact: { url: 'http://half' } }])(
    'no artifact yet (%j): waits for it',
    async (status) => {
      caches.put(GitRepository.type, { ...repository('team-a', {}), status });
      expect(await failureOf(resolve({}, 'team-a'))).toMatchObject({
        class: 'waiting',
        reason: 'ArtifactFailed',
        afterMs: 30_000,
      });
    },
  );
});

describe('across namespaces', () => {
  test('a grant opens it', async () => {
    caches.put(
      GitRepository.type,
      repository('team-a', grantTo({ 'kubernetes.io/metadata.name': 'team-b' })),
    );
    expect(await resolve({ namespace: 'team-a' })).toMatchObject({ artifact });
  });

  test.each([
    ['gas', 'denied'],
    ['oil', 'artifact'],
    ['', 'artifact'],
  ])(
    'what a tenant of %j shares by a label lets the tenant oil in: %s',
    async (tenant, expected) => {
      const put = (name: string, labels: Record<string, string>) =>
        caches.put(namespaceType, {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name, labels },
        });
      const label = 'capsule.clastix.io/tenant';
      put('team-a', tenant === '' ? {} : { [label]: tenant });
      put('team-b', { [label]: 'oil', env: 'prod' });
      caches.put(GitRepository.type, repository('team-a', grantTo({ env: 'prod' })));
      const answer = resolve({ namespace: 'team-a' });
      const found = await answer.then(
        () => 'artifact',
        (error: ReconcileError) => error.class,
      );
      expect(found).toBe(expected);
      expect(tracked).toContain('Namespace team-a');
    },
  );

  test('a denial tracks everything that could undo it', async () => {
    expect(await failureOf(resolve({ namespace: 'team-a' }))).toMatchObject({
      class: 'denied',
      reason: 'AccessDenied',
    });
    expect(tracked).toEqual(['GitRepository team-a/apps', 'Namespace team-b', 'Namespace team-a']);
  });

  test('absent, unshared, shared with others, without artifact: one and the same answer', async () => {
    const states = [
      undefined,
      repository('team-a', {}),
      repository('team-a', { accessFrom: { namespaceSelectors: [] } }),
      repository('team-a', grantTo({ codename: 'bluebird' })),
      repository('team-a', grantTo({ codename: 'bluebird' }), {}),
    ];
    const answers = new Set<string>();
    for (const state of states) {
      if (state) caches.put(GitRepository.type, state);
      const {
        class: failure,
        reason,
        message,
        afterMs,
      } = await failureOf(resolve({ namespace: 'team-a' }));
      answers.add(JSON.stringify({ failure, reason, message, afterMs, tracked }));
      tracked = [];
    }
    expect(answers.size).toBe(1);
    expect([...answers][0]).not.toMatch(/bluebird|not found/);
  });

  test('the audit log learns the cause that the tenant does not', async () => {
    const { cause } = await failureOf(resolve({ namespace: 'team-a' }));
    expect(cause).toMatchObject({ message: 'no such source' });
  });

  test('a namespace whose labels are not known yet waits with the same words', async () => {
    caches.put(GitRepository.type, repository('team-a', grantTo({})));
    caches.remove(namespaceType, { name: 'team-b' });
    expect(await failureOf(resolve({ namespace: 'team-a' }))).toMatchObject({
      class: 'waiting',
      reason: 'AccessDenied',
      afterMs: 1000,
    });
  });

  test('while the watches are silent no grant is believed, nor any absence', async () => {
    caches.staleForMs = 31_000;
    const before = await failureOf(resolve({ namespace: 'team-a' }));
    caches.put(GitRepository.type, repository('team-a', grantTo({})));
    const after = await failureOf(resolve({ namespace: 'team-a' }));
    expect(after).toMatchObject({ class: 'waiting', reason: 'ArtifactFailed', afterMs: 5_000 });
    expect(after.message).toBe(before.message);
    expect(await resolve({}, 'team-a')).toMatchObject({ artifact });
  });

  test('--no-cross-namespace-refs refuses a granted reference', async () => {
    caches.put(GitRepository.type, repository('team-a', grantTo({})));
    const sealed = accessPolicyFor({ noCrossNamespaceRefs: true });
    expect(await failureOf(resolve({ namespace: 'team-a' }, 'team-b', sealed))).toMatchObject({
      class: 'denied',
    });
  });

  test('with the ACL off, a missing source may be called missing', async () => {
    const open = accessPolicyFor({ securityProfile: 'single-tenant' });
    expect(await failureOf(resolve({ namespace: 'team-a' }, 'team-b', open))).toMatchObject({
      class: 'retryable',
      reason: 'ArtifactFailed',
    });
  });
});

test('a kind nobody serves stalls, and names those that are', async () => {
  expect(await failureOf(resolve({ kind: 'Bucket' }))).toMatchObject({
    class: 'stalled',
    reason: 'UnsupportedSourceKind',
    message: expect.stringContaining('use GitRepository'),
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { accessPolicyFor } from '../../access/security-profile.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import { createMemoryCaches, type MemoryCaches } from '../../../test/support/memory-caches.ts';
import { createArtifactAuthorizer } from './artifact-authorization.ts';
import { namespaceType } from '../../kube/core-resources.ts';

const owner = { kind: 'gitrepository', namespace: 'team-a', name: 'apps', file: 'abc.tar.gz' };
let caches: MemoryCaches;
let reviewed: string[];

/** Tokens of this test are the namespaces they stand for; `bad` is none. */
const tokens = {
  serviceAccountOf: async (token: string) => {
    reviewed.push(token);
    return token === 'bad' ? undefined : { namespace: token, name: 'default' };
  },
};
const authorize = (token: string | undefined, target = owner, policy = accessPolicyFor()) =>
  createArtifactAuthorizer(tokens, { caches, policy, kinds: [GitRepository.type] })(token, target);

const share = (spec: object) =>
  caches.put(GitRepository.type, {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { namespace: 'team-a', name: 'apps' },
    spec,
  });
const label = (name: string, labels: Record<string, string>) =>
  caches.put(namespaceType, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });

beforeEach(() => {
  caches = createMemoryCaches();
  reviewed = [];
  label('team-a', {});
  label('team-b', { tier: 'gold' });
  share({ accessFrom: { namespaceSelectors: [{ matchLabels: { tier: 'gold' } }] } });
});

describe('allowed', () => {
  test('the source’s own namespace', async () => {
    expect(await authorize('team-a')).toBe(true);
  });

  test('a granted namespace', async () => {
    expect(await authorize('team-b')).toBe(true);
  });
});

describe('refused', () => {
  test.each([undefined, ''])('without a token (%j), and nobody is asked', async (token) => {
    expect(await authorize(token)).toBe(false);
    expect(reviewed).toEqual([]);
  });

  test('a token that is not valid', async () => {
    expect(await authorize('bad')).toBe(false);
  });

  test('a namespace without a grant, or not known at all', async () => {
    label('team-c', { tier: 'silver' });
    expect(await authorize('team-c')).toBe(false);
    expect(await authorize('team-d')).toBe(false);
  });

  test('a source that does not exist', async () => {
    expect(await authorize('team-b', { ...owner, name: 'other' })).toBe(false);
  });

  test.each(['Gitrepository', 'bucket', '', '__proto__'])(
    'a kind of no source: %j',
    async (kind) => {
      expect(await authorize('team-a', { ...owner, kind })).toBe(false);
    },
  );

  test('while the watches have not seen the cluster', async () => {
    caches.isSynced = false;
    expect(await authorize('team-a')).toBe(false);
  });

  test('other namespaces, while the watches are silent: a grant may have been taken back', async () => {
    caches.staleForMs = 31_000;
    expect(await authorize('team-b')).toBe(false);
    expect(await authorize('team-a')).toBe(true);
  });

  test('every other namespace, under --no-cross-namespace-refs', async () => {
    expect(await authorize('team-b', owner, accessPolicyFor({ noCrossNamespaceRefs: true }))).toBe(
      false,
    );
  });
});

describe('a change is felt by the next request', () => {
  test('the grant is taken back', async () => {
    expect(await authorize('team-b')).toBe(true);
    share({});
    expect(await authorize('team-b')).toBe(false);
  });

  test('the namespace loses its label', async () => {
    expect(await authorize('team-b')).toBe(true);
    label('team-b', {});
    expect(await authorize('team-b')).toBe(false);
  });
});

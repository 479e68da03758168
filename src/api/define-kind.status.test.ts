import { expect, test } from 'vitest';
import { Kustomization } from './kustomize/kustomization.ts';
import { GitRepository } from './source/git-repository.ts';

const ready = {
  type: 'Ready',
  status: 'True',
  reason: 'Succeeded',
  message: 'stored',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};
const artifact = {
  digest: 'sha256:abc',
  lastUpdateTime: '2026-01-01T00:00:00Z',
  path: 'gitrepository/team/app/abc.tar.gz',
  revision: 'main@sha1:abc',
  url: 'http://host/abc.tar.gz',
};
const repositoryWith = (status: unknown) =>
  GitRepository.decode({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'app', namespace: 'team' },
    spec: { url: 'https://host/r', interval: '1m' },
    status,
  }).status;

test('a status of the schema is kept as it is', () => {
  const status = { observedGeneration: 3, conditions: [ready], artifact, observedIgnore: '*.md' };
  expect(repositoryWith(status)).toEqual(status);
});

test('the status of an object that was never reconciled is its default', () => {
  expect(repositoryWith({ observedGeneration: -1 })).toEqual({ observedGeneration: -1 });
});

test('an artifact as v1beta1 stored it, without a digest, is as good as none', () => {
  const { digest: _digest, ...old } = artifact;
  const status = { conditions: [ready], artifact: { ...old, checksum: 'abc' } };
  expect(repositoryWith(status)).toEqual({ conditions: [ready] });
});

test.each([
  [{ conditions: 'none', artifact }, { artifact }],
  [{ conditions: [{ type: 'Ready' }], artifact }, { artifact }],
  [{ observedGeneration: 'x', lastHandledReconcileAt: 7 }, {}],
  [{ artifact: { ...artifact, size: 2 ** 60 }, observedGeneration: 1 }, { observedGeneration: 1 }],
  [{ unknown: 1 }, {}],
  ['text', undefined],
  [null, undefined],
  [undefined, undefined],
])('a status nobody of ours wrote never stops a reconcile: %j', (status, expected) => {
  expect(repositoryWith(status)).toEqual(expected);
});

test('an inventory survives beside a broken history', () => {
  const inventory = { entries: [{ id: 'team_app_apps_Deployment', v: 'v1' }] };
  const { status } = Kustomization.decode({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'app', namespace: 'team' },
    spec: { sourceRef: { kind: 'GitRepository', name: 'app' } },
    status: { inventory, history: [{}], lastAppliedRevision: 'main@sha1:abc' },
  });
  expect(status).toEqual({ inventory, lastAppliedRevision: 'main@sha1:abc' });
});

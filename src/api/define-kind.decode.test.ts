import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../kube/object.ts';
import type { CommonStatus, ReconciledKind } from '../runtime/controller.ts';
import { Kustomization } from './kustomize/kustomization.ts';
import { GitRepository } from './source/git-repository.ts';

const object = (kind: string, spec: unknown, more: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'example/v1',
  kind,
  metadata: { name: 'app', namespace: 'team' },
  spec,
  ...more,
});
const repository = (spec: object) => object('GitRepository', { url: 'https://host/r', ...spec });
const kustomization = (spec: object) =>
  object('Kustomization', { sourceRef: { kind: 'GitRepository', name: 'app' }, ...spec });

/** Compiles only while a declared kind is what the runtime reconciles. */
function typeOf<Spec, Status extends CommonStatus>(kind: ReconciledKind<Spec, Status>) {
  return kind.type;
}

describe('a declared kind', () => {
  test('is a kind the runtime can reconcile, at its storage version', () => {
    expect([typeOf(GitRepository), typeOf(Kustomization)]).toEqual([
      {
        group: 'source.toolkit.fluxcd.io',
        version: 'v1',
        kind: 'GitRepository',
        plural: 'gitrepositories',
        namespaced: true,
      },
      {
        group: 'kustomize.toolkit.fluxcd.io',
        version: 'v1',
        kind: 'Kustomization',
        plural: 'kustomizations',
        namespaced: true,
      },
    ]);
  });

  test('fills defaults, also those of versions that left required fields out', () => {
    expect(GitRepository.decode(repository({})).spec).toEqual({
      url: 'https://host/r',
      interval: '1m',
      timeout: '60s',
    });
    expect(Kustomization.decode(kustomization({})).spec).toEqual({
      sourceRef: { kind: 'GitRepository', name: 'app' },
      interval: '10m',
      prune: false,
      force: false,
    });
  });

  test('keeps what the object says', () => {
    const spec = {
      url: 'ssh://git@host/r',
      interval: '1h30m',
      timeout: '5m',
      ref: { branch: 'main', commit: 'abc' },
      secretRef: { name: 'key' },
      accessFrom: { namespaceSelectors: [{ matchLabels: {} }] },
      verify: { mode: 'TagAndHEAD', secretRef: { name: 'keys' } },
    };
    const decoded = GitRepository.decode(object('GitRepository', spec));
    expect(decoded.spec).toEqual(spec);
    expect(decoded.metadata).toEqual({ name: 'app', namespace: 'team' });
    expect(decoded.status).toBeUndefined();
  });

  test('drops what no version knows, prototypes included', () => {
    const hostile = JSON.parse('{"__proto__": {"suspend": true}, "unknown": 1}') as object;
    const { spec } = GitRepository.decode(repository(hostile));
    expect(spec.suspend).toBeUndefined();
    expect(Object.keys(spec)).not.toContain('unknown');
  });
});

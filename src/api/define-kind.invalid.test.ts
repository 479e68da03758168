import { describe, expect, test } from 'vitest';
import { InvalidSpecError } from './decode.ts';
import { Kustomization } from './kustomize/kustomization.ts';
import { GitRepository } from './source/git-repository.ts';

const secret = 'hunter2-SECRET';

function failureOf(
  kind: { decode(object: never): unknown; group: string; kind: string },
  spec: unknown,
): string {
  const object = { apiVersion: `${kind.group}/v1`, kind: kind.kind, metadata: { name: 'a' }, spec };
  try {
    kind.decode(object as never);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidSpecError);
    return (error as Error).message;
  }
  throw new Error('decoded');
}
const repository = (spec: object) =>
  failureOf(GitRepository, { url: 'https://host/r', interval: '1m', ...spec });
const kustomization = (spec: object) =>
  failureOf(Kustomization, { sourceRef: { kind: 'GitRepository', name: 'a' }, ...spec });

const durationText = 'must be a duration such as 30s, 5m or 1h30m (units ms, s, m, h)';

describe('a GitRepository that cannot be', () => {
  test.each<[object, string]>([
    [{ url: undefined }, 'spec.url is required'],
    [{ url: `git@${secret}:r.git` }, 'spec.url must be an http://, https:// or ssh:// URL'],
    [{ url: 7 }, 'spec.url must be a string'],
    [{ interval: secret }, `spec.interval ${durationText}`],
    [{ interval: '5' }, `spec.interval ${durationText}`],
    [{ interval: '-5m' }, `spec.interval ${durationText}`],
    [{ interval: '1d' }, `spec.interval ${durationText}`],
    [{ timeout: '1h' }, 'spec.timeout must be a duration such as 30s or 5m (units ms, s, m)'],
    [{ provider: secret }, 'spec.provider must be one of generic, aws, azure, github'],
    [{ verify: {} }, 'spec.verify.secretRef is required'],
    [
      { verify: { mode: secret, secretRef: { name: 'k' } } },
      'spec.verify.mode must be one of head, HEAD, Tag, TagAndHEAD',
    ],
    [{ secretRef: { name: { deep: secret } } }, 'spec.secretRef.name must be a string'],
    [{ include: [{ repository: {} }] }, 'spec.include[0].repository.name is required'],
    [{ include: { repository: secret } }, 'spec.include must be a list'],
    [{ suspend: 'true' }, 'spec.suspend must be true or false'],
    [{ sparseCheckout: [1] }, 'spec.sparseCheckout[0] must be a string'],
    [{ accessFrom: {} }, 'spec.accessFrom.namespaceSelectors is required'],
    [
      { accessFrom: { namespaceSelectors: [{ matchLabels: [secret] }] } },
      'spec.accessFrom.namespaceSelectors[0].matchLabels must be a map',
    ],
    [
      { accessFrom: { namespaceSelectors: [{ matchLabels: { 'a\nb': 'c' } }] } },
      'spec.accessFrom.namespaceSelectors[0].matchLabels must have keys that labels can have: [prefix/]name',
    ],
    [{ gitImplementation: secret }, 'spec.gitImplementation must be one of go-git, libgit2'],
    [
      { serviceAccountName: secret },
      "spec serviceAccountName can only be set when provider is 'azure' or 'aws'",
    ],
    [
      { serviceAccountName: 'a', provider: 'github' },
      "spec serviceAccountName can only be set when provider is 'azure' or 'aws'",
    ],
  ])('%j: %s', (spec, message) => {
    expect(repository(spec)).toBe(message);
    expect(repository(spec)).not.toContain(secret);
  });

  test.each(['azure', 'aws'])('may name an account with provider %s', (provider) => {
    const spec = { url: 'https://host/r', interval: '1m', provider, serviceAccountName: 'a' };
    const object = { apiVersion: 'v1', kind: 'GitRepository', metadata: { name: 'a' }, spec };
    expect(GitRepository.decode(object).spec.serviceAccountName).toBe('a');
  });

  test.each([undefined, null, 'text', []])('without a spec: %j', (spec) => {
    expect(failureOf(GitRepository, spec)).toMatch(/^spec (is required|must be an object)$/);
  });
});

const oneKubeConfig =
  'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified';

describe('a Kustomization that cannot be', () => {
  test.each<[object, string]>([
    [{ sourceRef: undefined }, 'spec.sourceRef is required'],
    [
      { sourceRef: { kind: 'HelmRepository', name: 'a' } },
      'spec.sourceRef.kind must be one of OCIRepository, GitRepository, Bucket, ExternalArtifact',
    ],
    [{ interval: 'never' }, `spec.interval ${durationText}`],
    [{ retryInterval: '1 m' }, `spec.retryInterval ${durationText}`],
    [{ prune: 'yes' }, 'spec.prune must be true or false'],
    [{ targetNamespace: '' }, 'spec.targetNamespace must have at least 1 character'],
    [{ targetNamespace: 'a'.repeat(64) }, 'spec.targetNamespace must have at most 63 characters'],
    [{ namePrefix: 'a'.repeat(201) }, 'spec.namePrefix must have at most 200 characters'],
    [
      { deletionPolicy: 'Never' },
      'spec.deletionPolicy must be one of MirrorPrune, Delete, WaitForTermination, Orphan',
    ],
    [{ kubeConfig: {} }, `spec.kubeConfig ${oneKubeConfig}`],
    [
      { kubeConfig: { secretRef: { name: 'a' }, configMapRef: { name: 'b' } } },
      `spec.kubeConfig ${oneKubeConfig}`,
    ],
    [{ patches: [{ target: {} }] }, 'spec.patches[0].patch is required'],
    [{ images: [{ newTag: secret }] }, 'spec.images[0].name is required'],
    [
      { postBuild: { substitute: { password: { value: secret } } } },
      'spec.postBuild.substitute.password must be a string',
    ],
    [
      { postBuild: { substituteFrom: [{ kind: 'Pod', name: 'a' }] } },
      'spec.postBuild.substituteFrom[0].kind must be one of Secret, ConfigMap',
    ],
    [{ decryption: { provider: 'pgp' } }, 'spec.decryption.provider must be one of sops'],
    [{ healthCheckExprs: [{ kind: 'A' }] }, 'spec.healthCheckExprs[0].apiVersion is required'],
    [{ ignore: [{}] }, 'spec.ignore[0].paths is required'],
    [{ validation: 'strict' }, 'spec.validation must be one of none, client, server'],
    [
      { patchesJson6902: [{ patch: [{ op: 'drop', path: '/a' }], target: {} }] },
      'spec.patchesJson6902[0].patch[0].op must be one of test, remove, add, replace, move, copy',
    ],
  ])('%j: %s', (spec, message) => {
    const failure = kustomization(spec);
    expect(failure.startsWith(message)).toBe(true);
    expect(failure).not.toContain(secret);
  });

  test('is described in bounded length, however much is wrong', () => {
    const substitute = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [`${'k'.repeat(1000)}${index}`, index]),
    );
    const failure = kustomization({ postBuild: { substitute } });
    expect(failure).toMatch(/; and 1995 more$/);
    expect(failure.length).toBeLessThan(1500);
  });
});

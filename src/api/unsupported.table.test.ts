import { describe, expect, test } from 'vitest';
import { Kustomization } from './kustomize/kustomization.ts';
import { unsupportedKustomizationFields } from './kustomize/unsupported.ts';
import { GitRepository } from './source/git-repository.ts';
import { unsupportedGitRepositoryFields } from './source/unsupported.ts';
import { unsupportedMessage } from './unsupported.ts';

const metadata = { name: 'app', namespace: 'team' };
const repository = (spec: object) =>
  GitRepository.decode({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata,
    spec: { url: 'https://host/r', ...spec },
  });
const kustomization = (spec: object) =>
  Kustomization.decode({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata,
    spec: { sourceRef: { kind: 'GitRepository', name: 'app' }, ...spec },
  });
const pathsOf = (fields: { path: string }[]) => fields.map(({ path }) => path);

describe('fields of a GitRepository that are not acted on', () => {
  test.each<[object, string[]]>([
    [{}, []],
    [{ provider: 'generic', secretRef: { name: 's' }, recurseSubmodules: true }, []],
    [{ provider: 'github' }, ['spec.provider']],
    [{ provider: 'azure', serviceAccountName: 'a' }, ['spec.provider', 'spec.serviceAccountName']],
    [{ verify: { secretRef: { name: 'keys' } } }, ['spec.verify']],
    [{ gitImplementation: 'libgit2' }, []],
  ])('%j: %j', (spec, paths) => {
    expect(pathsOf(unsupportedGitRepositoryFields(repository(spec)))).toEqual(paths);
  });
});

describe('fields of a Kustomization that are not acted on', () => {
  const health = { apiVersion: 'example/v1', kind: 'App', current: 'true' };
  test.each<[object, string[]]>([
    [{}, []],
    [{ dependsOn: [{ name: 'a' }], wait: true, healthCheckExprs: [], validation: 'client' }, []],
    [{ sourceRef: { kind: 'Bucket', name: 'b' } }, ['spec.sourceRef.kind']],
    [{ decryption: { provider: 'sops', secretRef: { name: 'keys' } } }, []],
    [{ kubeConfig: { secretRef: { name: 'k' } } }, []],
    [{ dependsOn: [{ name: 'b', readyExpr: 'true' }], healthCheckExprs: [health] }, []],
  ])('%j: %j', (spec, paths) => {
    expect(pathsOf(unsupportedKustomizationFields(kustomization(spec)))).toEqual(paths);
  });
});

describe('the message for a user', () => {
  test('names the fields and what to do, and nothing of their values', () => {
    const secret = 'hunter2';
    const fields = unsupportedGitRepositoryFields(
      repository({ verify: { secretRef: { name: secret } }, provider: 'github' }),
    );
    const message = unsupportedMessage(fields);
    expect(message).toContain('spec.provider is not supported yet: use provider generic');
    expect(message).toContain('spec.verify is not supported yet');
    expect(message).not.toContain(secret);
  });

  test('stays short however many fields there are', () => {
    const fields = Array.from({ length: 500 }, (_, index) => ({
      path: `spec.list[${index}].field`,
      hint: 'remove it',
    }));
    const message = unsupportedMessage(fields);
    expect(message).toMatch(/; and 495 more$/);
    expect(message.length).toBeLessThan(1000);
  });
});

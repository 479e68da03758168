import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, engineBuildMs } from '../render/__fixtures__/engine.ts';
import { packSource } from '../render/__fixtures__/tarball.ts';
import { startRenderer, type TestRenderer } from './__fixtures__/renderer.ts';

/** Who reads a status may not be allowed to read the source. */
const secret = 'c4naryCanary';
let renderer: TestRenderer;
beforeAll(async () => {
  renderer = await startRenderer({ size: 1 });
}, engineBuildMs);
afterAll(() => renderer.pool.close());

const object = 'resources: [a.yaml]\n';
const rows: [name: string, files: Record<string, string | Uint8Array>][] = [
  ['a patch that is none', { 'kustomization.yaml': `${object}patches: [{patch: "${secret}: ["}]` }],
  ['a patch file', { 'kustomization.yaml': `${object}patches: [{path: p}]`, p: `x: "${secret}` }],
  [
    'two patches in one',
    { 'kustomization.yaml': `${object}patches: [{path: p, patch: ${secret}}]` },
  ],
  ['no patch', { 'kustomization.yaml': `${object}patches: [{target: {name: ${secret}}}]` }],
  ['a literal', { 'kustomization.yaml': `secretGenerator: [{name: a, literals: [${secret}]}]` }],
  [
    'an env file',
    {
      'kustomization.yaml': 'secretGenerator: [{name: a, envs: [e]}]',
      e: Buffer.from(`a=${secret}\xff`, 'latin1'),
    },
  ],
  [
    'an object without name',
    { 'a.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {annotations: {a: ${secret}}}` },
  ],
  [
    'an object without kind',
    { 'a.yaml': `apiVersion: v1\nmetadata: {name: a, labels: {a: ${secret}}}` },
  ],
  ['text', { 'a.yaml': secret }],
  ['broken YAML', { 'a.yaml': `a: "${secret}\n b: c` }],
  ['a kustomization of text', { 'kustomization.yaml': secret }],
  ['a field of the wrong type', { 'kustomization.yaml': `namespace: [${secret}]` }],
  [
    'a replacement',
    {
      'kustomization.yaml': `${object}replacements: [{source: {kind: ConfigMap, fieldPath: data.x, options: {delimiter: "-", index: 9}}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.x]}]}]`,
      'a.yaml': configMap('a', `x: ${secret}`),
    },
  ],
  [
    'a JSON patch that does not fit',
    {
      'kustomization.yaml': `${object}patches: [{target: {kind: ConfigMap}, patch: '[{"op":"test","path":"/data/x","value":"${secret}"}]'}]`,
    },
  ],
  [
    'an object twice',
    {
      'kustomization.yaml': 'resources: [a.yaml, b.yaml]',
      'a.yaml': configMap('a', `x: ${secret}`),
      'b.yaml': configMap('a', `x: ${secret}`),
    },
  ],
  [
    'a configuration',
    { 'kustomization.yaml': `${object}configurations: [c]`, c: `namePrefix: "${secret}"` },
  ],
  ['a CRD', { 'kustomization.yaml': `${object}crds: [c]`, c: `{"a": "${secret}"` }],
];

describe('the message for', () => {
  test.each(rows)('%s does not repeat it', async (_name, files) => {
    const failure = await renderer.failure({ 'a.yaml': configMap('a'), ...files });
    expect(failure).toMatch(/^build-failed: /);
    expect(failure.toLowerCase()).not.toContain(secret.toLowerCase());
    // Nor as the numbers of its bytes, nor with the name kustomize knows the root by.
    expect(failure).not.toContain(Buffer.from(secret).join(' '));
    expect(failure).not.toMatch(/[0-9a-f]{32}/);
    expect(failure.length).toBeLessThan(500);
  });
});

describe('what one tenant builds', () => {
  test('is not seen by the next in the same process: a schema of its own', async () => {
    const list = (name: string) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: ${name}}]}}}\n`;
    const victim = (salt: string) => ({
      'kustomization.yaml': `resources: [a.yaml]\npatches: [{path: p.yaml}]\n`,
      'a.yaml': list('one'),
      'p.yaml': list('two'),
      'salt.txt': salt,
    });
    const schema = {
      definitions: {
        'io.k8s.api.apps.v1.Deployment': {
          properties: {},
          'x-kubernetes-group-version-kind': [{ group: 'apps', version: 'v1', kind: 'Deployment' }],
        },
      },
    };
    const before = await renderer.files(victim('before'));
    const polluted = await renderer.files({
      ...victim('polluter'),
      'kustomization.yaml': `resources: [a.yaml]\npatches: [{path: p.yaml}]\nopenapi: {path: o.json}\n`,
      'o.json': JSON.stringify(schema),
    });
    const after = await renderer.files(victim('after'));
    expect(polluted.digest).not.toBe(before.digest);
    expect(after.digest).toBe(before.digest);
  });

  test('is not seen by the next in the same process: files', async () => {
    await renderer.files({ 'a.yaml': configMap('a'), 'private.yaml': configMap('private') });
    const thief = packSource({ 'kustomization.yaml': 'resources: [private.yaml]\n' });
    await expect(renderer.files({}, { artifact: thief })).rejects.toMatchObject({
      code: 'build-failed',
    });
  });
});

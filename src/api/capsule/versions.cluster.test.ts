import { beforeAll, expect, test } from 'vitest';
import { bringKinds } from '../../../test/support/bring-kinds.ts';
import { apply, freshName, kubectlOk } from '../../../test/support/cluster.ts';
import type { KubeObject } from '../../kube/object.ts';
import { customResourceDefinition } from '../crd/custom-resource-definition.ts';
import { Tenant } from './tenant.ts';

/** A Tenant as manifests of v1beta1 have it: what came later as a field is an annotation. */
const name = freshName('legacy');
const annotations = {
  'clusterrolenames.capsule.clastix.io/user.alice': 'editor,viewer',
  'capsule.clastix.io/forbidden-namespace-labels': 'a,b',
};
const legacy = {
  apiVersion: 'capsule.clastix.io/v1beta1',
  kind: 'Tenant',
  metadata: { name, annotations },
  spec: {
    owners: [{ kind: 'User', name: 'alice' }],
    storageClasses: { allowed: ['fast'], allowedRegex: '^slow' },
    additionalRoleBindings: [
      { clusterRoleName: 'view', subjects: [{ kind: 'User', name: 'bob', apiGroup: 'x' }] },
    ],
  },
};

beforeAll(() => bringKinds([customResourceDefinition(Tenant)]));

const read = async (version: string) =>
  JSON.parse(
    await kubectlOk(['get', `tenants.${version}.capsule.clastix.io`, name, '-o', 'json']),
  ) as KubeObject;
const contentOf = ({ apiVersion: _version, ...content }: KubeObject) => content;

test('what is written in one version is read in the other, and back', async () => {
  await apply([legacy]);
  const [old, now] = [await read('v1beta1'), await read('v1beta2')];
  expect(contentOf(now)).toEqual(contentOf(old));
  expect(old.metadata.annotations).toMatchObject(annotations);
  expect(old['spec']).toMatchObject(legacy.spec);
});

test('a field that the old version did not have survives a change made in it', async () => {
  const rules = [{ permissions: { promotions: [{ clusterRoles: ['view'] }] } }];
  const patch = (version: string, spec: object) =>
    kubectlOk([
      'patch',
      `tenants.${version}.capsule.clastix.io`,
      name,
      '--type=merge',
      '-p',
      JSON.stringify({ spec }),
    ]);
  await patch('v1beta2', { rules });
  await patch('v1beta1', { nodeSelector: { pool: 'oil' } });
  const { metadata, spec } = await read('v1beta2');
  expect(spec).toMatchObject({ rules, nodeSelector: { pool: 'oil' } });
  expect(metadata.annotations).toMatchObject(annotations);
});

test('annotations count where it is acted on, in either version', async () => {
  for (const version of ['v1beta1', 'v1beta2']) {
    const { spec } = Tenant.decode(await read(version));
    expect(spec.owners?.[0]?.clusterRoles).toEqual(['editor', 'viewer']);
    expect(spec.namespaceOptions?.forbiddenLabels).toEqual({ denied: ['a', 'b'] });
  }
});

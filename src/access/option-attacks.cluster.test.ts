import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, freshName, kubectl, kubectlOk } from '../../test/support/cluster.ts';
import { eventually } from '../../test/support/eventually.ts';
import { firstRing, type FirstRing } from '../../test/support/first-ring.ts';
import { ingressPolicies } from './ingresses/policies.ts';
import { metadataPolicies } from './objects/metadata.ts';
import { podPolicies } from './pods/policies.ts';
import { rulePolicies } from './rules/policies.ts';
import { servicePolicies } from './services/policies.ts';
import { claimPolicies } from './volume-claims/policies.ts';

/**
 * Getting past a list by changing what was allowed: every way of writing, as whoever may do everything
 * in the namespace. No process of ours is running.
 */
let ring: FirstRing;
let namespace: string;

const pod = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace },
  spec: {
    // Nothing is mounted by itself, so that a merge patch may say all there is of a container.
    automountServiceAccountToken: false,
    containers: [{ name: 'web', image, imagePullPolicy: 'Always' }],
  },
});
const service = (spec: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace, ...metadata },
  spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }], ...spec },
});
const ingress = (host: string, ingressClassName = 'nginx') => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', namespace },
  spec: { ingressClassName, rules: [{ host }] },
});
const defaultBackend = { service: { name: 'web', port: { number: 80 } } };
const claim = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'web', namespace },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: 'fast',
    ...spec,
  },
});

beforeAll(async () => {
  ring = await firstRing((configuration) => [
    ...podPolicies(),
    ...servicePolicies(),
    ...ingressPolicies(),
    ...claimPolicies(configuration),
    ...rulePolicies(configuration),
    ...metadataPolicies(),
  ]);
  namespace = await ring.namespace({
    registries: { names: ['good.example'], choices: 'good.example' },
    pullPolicies: ['Always'],
    services: {
      deniedTypes: ['NodePort', 'ExternalName'],
      externalIPs: { names: ['10.1.0.0/16'], choices: '10.1.0.0/16' },
      forbiddenLabels: { names: [], pattern: '^secret' },
      forbiddenAnnotations: { names: ['lb.example/public'] },
    },
    ingressClasses: { names: ['nginx'], replaced: [], choices: 'nginx' },
    hostnames: { names: ['a.example'], choices: 'a.example' },
    wildcardHostnames: false,
    storageClasses: { names: ['fast'], replaced: [], choices: 'fast' },
  });
  await kubectlOk(['-n', namespace, 'wait', 'sa/default', '--for=create', '--timeout=240s']);
  await eventually('what is allowed is made', async () => {
    await apply([pod('good.example/web'), service({}), ingress('a.example'), claim({})]);
    return true;
  });
});
afterAll(() => ring?.client.close());

const attackers: [string, () => { as: string; asGroups?: string[] }][] = [
  ['a user', () => ({ as: ring.user })],
  ['a member of a group', () => ({ as: freshName('bob'), asGroups: [ring.group] })],
  ['a ServiceAccount', () => ({ as: `system:serviceaccount:${namespace}:robot` })],
];

interface Attack {
  what: string;
  resource: string;
  /** As a merge patch, which is a strategic one as well unless `json` says otherwise. */
  merge: object;
  json: object[];
  /** The whole object, for server-side apply. */
  whole: () => object;
  says: string;
  /** What is stored by the status, too. */
  byStatus?: true;
}

const attacks: Attack[] = [
  {
    what: 'an image from elsewhere',
    resource: 'pod',
    merge: {
      spec: { containers: [{ name: 'web', image: 'evil.example/web', imagePullPolicy: 'Always' }] },
    },
    json: [{ op: 'replace', path: '/spec/containers/0/image', value: 'web' }],
    whole: () => pod('evil.example/web'),
    says: 'is not from a registry that the tenant may use; allowed: good.example',
  },
  {
    what: 'a type of Service',
    resource: 'service',
    merge: { spec: { type: 'NodePort' } },
    json: [{ op: 'replace', path: '/spec/type', value: 'NodePort' }],
    whole: () => service({ type: 'NodePort' }),
    says: 'Services of type NodePort are not allowed',
  },
  {
    what: 'an external IP',
    resource: 'service',
    merge: { spec: { externalIPs: ['10.2.0.1'] } },
    json: [{ op: 'add', path: '/spec/externalIPs', value: ['10.1.0.1', '10.2.0.1'] }],
    whole: () => service({ externalIPs: ['10.2.0.1'] }),
    says: 'external IPs of Services in the tenant are within: 10.1.0.0/16',
  },
  {
    what: 'a forbidden label',
    resource: 'service',
    merge: { metadata: { labels: { 'secret-sauce': 'a' } } },
    json: [{ op: 'add', path: '/metadata/labels', value: { secret: 'a' } }],
    whole: () => service({}, { labels: { secret: 'a' } }),
    byStatus: true,
    says: 'may not be set on Services of the tenant',
  },
  {
    what: 'a forbidden annotation',
    resource: 'service',
    merge: { metadata: { annotations: { 'lb.example/public': 'yes' } } },
    json: [{ op: 'add', path: '/metadata/annotations', value: { 'lb.example/public': 'yes' } }],
    whole: () => service({}, { annotations: { 'lb.example/public': 'yes' } }),
    byStatus: true,
    says: "annotations 'lb.example/public' may not be set on Services of the tenant",
  },
  {
    what: 'a host',
    resource: 'ingress',
    merge: { spec: { rules: [{ host: 'victim.example' }] } },
    json: [{ op: 'remove', path: '/spec/rules/0/host' }],
    whole: () => ingress('victim.example'),
    says: 'is not allowed in the tenant; allowed: a.example',
  },
  {
    what: 'every host that nobody serves',
    resource: 'ingress',
    merge: { spec: { defaultBackend } },
    json: [{ op: 'add', path: '/spec/defaultBackend', value: defaultBackend }],
    whole: () => ({
      ...ingress('a.example'),
      spec: { ...ingress('a.example').spec, defaultBackend },
    }),
    says: 'is for every host) is not allowed in the tenant; allowed: a.example',
  },
  {
    what: 'a wildcard',
    resource: 'ingress',
    merge: { spec: { rules: [{ host: '*.example' }] } },
    json: [{ op: 'replace', path: '/spec/rules/0/host', value: '*.a.example' }],
    whole: () => ingress('*.example'),
    says: 'wildcard hosts are not allowed',
  },
  {
    what: 'another class of Ingress, by the old annotation',
    resource: 'ingress',
    merge: { metadata: { annotations: { 'kubernetes.io/ingress.class': 'public' } } },
    json: [{ op: 'replace', path: '/spec/ingressClassName', value: 'public' }],
    whole: () => ingress('a.example', 'public'),
    says: "IngressClass 'public' is not allowed",
    byStatus: true,
  },
  {
    what: 'no class of Ingress',
    resource: 'ingress',
    merge: { spec: { ingressClassName: null } },
    json: [{ op: 'remove', path: '/spec/ingressClassName' }],
    whole: () => ingress('a.example', 'public'),
    says: 'IngressClass',
  },
  {
    what: "another tenant's volume",
    resource: 'pvc',
    merge: { spec: { volumeName: 'theirs' } },
    json: [{ op: 'add', path: '/spec/volumeName', value: 'theirs' }],
    whole: () => claim({ volumeName: 'theirs' }),
    says: 'a claim may name a PersistentVolume',
  },
];

/** As another manager than who made it: what that one owns stays. */
const serverSide = [
  'apply',
  '--server-side',
  '--force-conflicts',
  '--dry-run=server',
  '--field-manager=attacker',
];

describe.each(attackers)('%s', (_, attacker) => {
  test.each(attacks)('does not get $what', async (attack) => {
    const { resource, merge, json, whole, says, byStatus = false } = attack;
    const refused = { code: 1, stderr: expect.stringContaining(says) as string };
    const target = ['-n', namespace, 'patch', resource, 'web', '--dry-run=server'];
    const patch = (type: string, body: object, ...more: string[]) =>
      kubectl([...target, '--type', type, '-p', JSON.stringify(body), ...more], attacker());
    const status = '--subresource=status';
    const results = await Promise.all([
      patch('merge', merge),
      patch('strategic', merge),
      patch('json', json),
      kubectl([...serverSide, '-f', '-'], {
        ...attacker(),
        input: JSON.stringify(whole()),
      }),
      ...(byStatus ? [patch('merge', merge, status), patch('strategic', merge, status)] : []),
    ]);
    for (const result of results) expect(result).toMatchObject(refused);
  });

  test('does not get another class of storage, by the old annotation and the status', async () => {
    // By the claim itself, the API server lets nobody.
    const key = 'volume.beta.kubernetes.io/storage-class';
    const body = JSON.stringify({ metadata: { annotations: { [key]: 'gold' } } });
    const target = ['-n', namespace, 'patch', 'pvc', 'web', '--subresource=status'];
    for (const type of ['merge', 'strategic']) {
      const patch = ['--dry-run=server', '--type', type, '-p', body];
      expect(await kubectl([...target, ...patch], attacker())).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("StorageClass 'gold' is not allowed"),
      });
    }
  });

  test('does not slip an image in beside the running ones', async () => {
    const debug = (container: object) => ({
      spec: {
        ephemeralContainers: [
          { name: 'debug', image: 'good.example/sh', imagePullPolicy: 'Always', ...container },
        ],
      },
    });
    const attempt = (body: object) =>
      kubectl(
        [
          '-n',
          namespace,
          'patch',
          'pod',
          'web',
          '--subresource=ephemeralcontainers',
          '--dry-run=server',
          '-p',
          JSON.stringify(body),
        ],
        attacker(),
      );
    expect(await attempt(debug({}))).toMatchObject({ code: 0 });
    expect((await attempt(debug({ image: 'evil.example/sh' }))).stderr).toContain('registry');
    expect((await attempt(debug({ imagePullPolicy: 'Never' }))).stderr).toContain('pull policy');
  });
});

test('what is stored already may be changed otherwise, when a list has become shorter', async () => {
  await ring.setPolicies(namespace, {
    registries: { names: [], choices: 'nothing' },
    hostnames: { names: [], choices: 'nothing' },
    ingressClasses: { names: [], replaced: [], choices: 'nothing' },
    wildcardHostnames: false,
  });
  await eventually('the lists are shorter', async () => {
    const input = JSON.stringify({
      ...pod('good.example/web'),
      metadata: { name: 'other', namespace },
    });
    return (await kubectl(['create', '--dry-run=server', '-f', '-'], { input })).code === 1;
  });
  for (const resource of ['pod', 'ingress', 'service', 'pvc']) {
    await kubectlOk(['-n', namespace, 'label', resource, 'web', 'team=a'], { as: ring.user });
  }
});

test('a label that names no tenant stops nothing in a namespace: it has no rules to wait for', async () => {
  const nobodys = await ring.namespace(undefined, { 'capsule.clastix.io/tenant': '' });
  await apply([{ ...service({}), metadata: { name: 'web', namespace: nobodys } }]);
});

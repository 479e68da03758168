import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, freshName, kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { untilAllowed } from '../../../test/support/until-allowed.ts';
import { serviceAccountIdentity } from '../../kube/identity.ts';
import { cordonPolicies } from './policies.ts';

/** The first ring, with no process of ours anywhere. */
let ring: FirstRing;
/** Cordoned, and the control plane has said whom that stops. */
let known: string;
/** Cordoned by its label, of which the control plane does not know yet. */
let fresh: string;
/** Of the same tenant, not cordoned. */
let open: string;
const platform = 'system:serviceaccount:default:platform';
const cordoned = { 'projectcapsule.dev/cordoned': 'true' };

beforeAll(async () => {
  ring = await firstRing(cordonPolicies);
  open = await ring.namespace({});
  fresh = await ring.namespace({});
  known = await ring.namespace({});
  const groups = [ring.group, `system:serviceaccounts:${open}`, `system:serviceaccounts:${known}`];
  await ring.setPolicies(known, {
    cordon: { users: [ring.user], groups, exempt: ['the-trusted'] },
  });
  const bound = (namespace: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'others', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'everything' },
    subjects: [
      { kind: 'ServiceAccount', name: 'platform', namespace: 'default' },
      { kind: 'ServiceAccount', name: 'robot', namespace: open },
    ],
  });
  await apply([known, fresh].flatMap((namespace) => [bound(namespace), web(namespace)]));
  for (const namespace of [known, fresh]) {
    await kubectlOk(['label', 'namespace', namespace, 'projectcapsule.dev/cordoned=true']);
  }
  const work = { verb: 'create', resource: 'configmaps' };
  for (const namespace of [known, fresh])
    await untilAllowed(ring.client, serviceAccountIdentity(open, 'robot'), { ...work, namespace });
  await eventually('the namespaces are cordoned', async () => {
    const results = await Promise.all(
      [known, fresh].map((namespace) => probe(namespace, { as: ring.user })),
    );
    return results.every(({ stderr }) => stderr.includes('the namespace is cordoned'));
  });
});
afterAll(() => ring?.client.close());

const web = (namespace: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace, labels },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example/web' }] },
    },
  },
});
interface Who {
  as: string;
  asGroups?: string[];
}
const probe = (namespace: string, who: Who) =>
  kubectl(['-n', namespace, 'create', 'configmap', freshName('probe'), '--dry-run=server'], who);
const refused = { code: 1, stderr: expect.stringContaining('the namespace is cordoned') as string };

describe.each<[string, () => Who]>([
  ['a user', () => ({ as: ring.user })],
  ['a member of a group', () => ({ as: freshName('bob'), asGroups: [ring.group] })],
  [
    'a ServiceAccount of it',
    () => ({
      as: `system:serviceaccount:${known}:robot`,
      asGroups: [`system:serviceaccounts:${known}`],
    }),
  ],
  [
    'a ServiceAccount of another namespace of the tenant',
    () => ({
      as: `system:serviceaccount:${open}:robot`,
      asGroups: [`system:serviceaccounts:${open}`],
    }),
  ],
])('a cordoned namespace, against %s', (_, who) => {
  const attempt = (args: string[], input?: object) =>
    kubectl(['-n', known, ...args], { ...who(), ...(input && { input: JSON.stringify(input) }) });
  const labelled = { metadata: { labels: { a: 'b' } } };

  test.each([
    ['a creation', ['create', 'configmap', 'x']],
    [
      'a merge patch',
      ['patch', 'deployment', 'web', '--type=merge', '-p', JSON.stringify(labelled)],
    ],
    ['a strategic patch', ['patch', 'deployment', 'web', '-p', JSON.stringify(labelled)]],
    [
      'a JSON patch',
      [
        'patch',
        'deployment',
        'web',
        '--type=json',
        '-p',
        '[{"op":"add","path":"/metadata/labels","value":{"a":"b"}}]',
      ],
    ],
    ['scaling', ['scale', 'deployment', 'web', '--replicas=0']],
    [
      'a status',
      [
        'patch',
        'deployment',
        'web',
        '--subresource=status',
        '--type=merge',
        '-p',
        '{"status":{"replicas":9}}',
      ],
    ],
    ['a token', ['create', 'token', 'default']],
    ['a deletion', ['delete', 'deployment', 'web']],
    ['a deletion of all', ['delete', 'configmaps', '--all']],
  ])('%s is refused', async (_what, args) => {
    expect(await attempt(args)).toMatchObject(refused);
  });

  test.each([
    ['server-side apply', ['apply', '--server-side', '-f', '-']],
    ['a replacement', ['replace', '-f', '-']],
  ])('%s is refused', async (_what, args) => {
    const labelled = web(known, { a: 'b' });
    expect(await attempt(args, labelled)).toMatchObject(refused);
  });

  test('a deletion in one request is refused', async () => {
    const raw = `/apis/apps/v1/namespaces/${known}/deployments`;
    expect(await attempt(['delete', '--raw', raw])).toMatchObject(refused);
    expect(await kubectl(['-n', known, 'get', 'deployment', 'web'])).toMatchObject({ code: 0 });
  });
});

describe('a cordoned namespace', () => {
  test('is changed by administrators, exempt users and the platform', async () => {
    await kubectlOk(['-n', known, 'create', 'configmap', 'by-admin']);
    expect(await probe(known, { as: platform })).toMatchObject({ code: 0 });
    expect(await probe(known, { as: ring.user, asGroups: ['the-trusted'] })).toMatchObject({
      code: 0,
    });
  });

  test('goes on working: Pods that die are replaced', async () => {
    const running = async () =>
      (await kubectlOk(['-n', known, 'get', 'pods', '-l', 'app=web', '-o', 'name'])).trim();
    const pod = await eventually('there is a Pod', running);
    await kubectlOk(['-n', known, 'delete', pod, '--now']);
    await eventually('there is another', async () => {
      const now = await running();
      return now !== '' && !now.includes(pod);
    });
  });

  test('stops everybody but the cluster until it is known whom it stops', async () => {
    expect(await probe(fresh, { as: platform })).toMatchObject(refused);
    expect(await probe(fresh, { as: ring.user })).toMatchObject(refused);
    await kubectlOk(['-n', fresh, 'create', 'configmap', 'by-admin']);
  });

  test('stops nobody beside it', async () => {
    expect(await probe(open, { as: ring.user })).toMatchObject({ code: 0 });
  });

  test('is deleted by who may delete it', async () => {
    const going = await ring.namespace(
      { cordon: { users: [ring.user], groups: [], exempt: [] } },
      cordoned,
    );
    await kubectlOk(['delete', 'namespace', going, '--timeout=240s']);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browse } from '../../../test/support/browse.ts';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { capsule, type HarnessTenant } from '../../../test/support/tenancy-harness.ts';
import {
  startTenantProxy,
  type Persona,
  type TenantProxy,
} from '../../../test/support/tenant-proxy.ts';

let through: TenantProxy;
let oil: HarnessTenant;
let gas: HarnessTenant;
let alice: Persona;

beforeAll(async () => {
  through = await startTenantProxy([], { cbor: true });
  const { tenancy } = through;
  [oil, gas] = await Promise.all([tenancy.tenant(1), tenancy.tenant(2)]);
  alice = await through.owner(oil);
  await eventually('the proxy has heard of the tenant', async () => {
    return (await alice.names('ns')).join() === oil.home;
  });
});

afterAll(async () => {
  await through[Symbol.asyncDispose]();
});

const namespaceOf = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'capsule.clastix.io/tenant': oil.name } },
});
const applied = (object: object, ...flags: string[]) =>
  alice.kubectl(['apply', '--server-side', '--field-manager=gitops', ...flags, '-f', '-'], {
    input: JSON.stringify(object),
  });

/** Types and names of the events of a watch so far. */
const told = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map(
      (line) =>
        JSON.parse(line) as {
          type: string;
          object: { metadata?: { name?: string }; code?: number };
        },
    )
    .map(({ type, object }) => `${type} ${object.metadata?.name ?? object.code ?? ''}`.trim());

describe('watches', () => {
  test('tell of a namespace that comes later, and of nobody else’s', async () => {
    const watch = await alice.open('/api/v1/namespaces?watch=1&resourceVersion=0');
    await eventually('it begins', async () => told(watch.text()).includes(`ADDED ${oil.home}`));
    await through.tenancy.namespace(gas, `${gas.name}-later`);
    await through.tenancy.namespace(oil, `${oil.name}-later`);
    await eventually('it is told', async () =>
      told(watch.text()).includes(`ADDED ${oil.name}-later`),
    );
    expect(watch.text()).not.toContain(gas.name);
    expect(watch.isOver()).toBe(false);
    watch.close();
  });

  test('end so that clients list again when somebody sees more, or less', async () => {
    const eve = freshName('eve');
    const persona = await through.as(eve);
    const watch = async (headers = {}) => {
      const opened = await persona.open('/api/v1/namespaces?watch=1&resourceVersion=0', headers);
      expect(opened.status).toBe(200);
      return opened;
    };
    const before = await watch();
    // As client-go asks.
    const binary = await watch({ accept: 'application/vnd.kubernetes.protobuf,application/json' });
    const share = async (owners: object[]) =>
      await through.tenancy.apply([capsule('Tenant', { name: gas.name }, { owners })]);
    const owner = { kind: 'User', name: gas.owner.as };
    await share([owner, { kind: 'User', name: eve }]);
    await eventually('it ends', async () => before.isOver());
    expect(told(before.text())).toEqual(['ERROR 410']);
    await eventually('the one in protobuf ends', async () => binary.isOver());
    expect(binary.text()).not.toContain('{');
    expect(binary.text()).toMatch(/ERROR.*k8s\0.*Status.*list again.*Expired/s);
    const during = await watch();
    await eventually('it tells', async () => told(during.text()).includes(`ADDED ${gas.home}`));
    await share([owner]);
    await eventually('it ends too', async () => during.isOver());
    expect(told(during.text()).at(-1)).toBe('ERROR 410');
    expect(await persona.names('namespaces')).toEqual([]);
  });

  test('over all namespaces end when a role is taken away, and show nothing from then on', async () => {
    const reader = freshName('reader');
    const persona = await through.as(reader);
    const bind = [
      '-n',
      gas.home,
      'create',
      'rolebinding',
      reader,
      '--clusterrole=view',
      `--user=${reader}`,
    ];
    await through.tenancy.kubectlOk(bind);
    const label = 'reflection.proxy.projectcapsule.dev/enabled=true';
    await through.tenancy.kubectlOk(['-n', gas.home, 'label', 'rolebinding', reader, label]);
    for (const namespace of gas.namespaces) {
      await through.tenancy.kubectlOk(['-n', namespace, 'create', 'configmap', `in-${namespace}`]);
    }
    const isIn = (text: string, namespace: string) => text.includes(`in-${namespace}`);
    await eventually('it lists what is in one namespace', async () => {
      return (await persona.names('configmaps', '-A')).includes(`in-${gas.home}`);
    });
    expect(await persona.names('namespaces')).toEqual([gas.home]);
    expect(await persona.names('configmaps', '-A')).not.toContain(`in-${gas.other}`);
    const watch = await persona.open('/api/v1/configmaps?watch=1&resourceVersion=0');
    await eventually('it tells', async () => isIn(watch.text(), gas.home));
    await through.tenancy.kubectlOk(['-n', gas.home, 'delete', 'rolebinding', reader]);
    await eventually('it ends', async () => watch.isOver());
    expect(isIn(watch.text(), gas.other)).toBe(false);
    expect(told(watch.text()).at(-1)).toBe('ERROR 410');
    await eventually(
      'nothing is listed',
      async () => (await persona.names('configmaps', '-A')).length === 0,
    );
  });
});

describe('what deploys by Git', () => {
  test('applies a Namespace that is not there, and what is in it', async () => {
    const name = `${oil.name}-gitops`;
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: name },
    };
    const target = `/api/v1/namespaces/${name}/configmaps/settings`;
    const absent = await alice.request('GET', target);
    expect(JSON.parse(absent.body)).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "settings" not found',
    });
    const elsewhere = await alice.request('GET', target.replace(name, gas.home));
    expect(elsewhere.status).toBe(403);
    await eventually('it may create it', async () => (await applied(namespaceOf(name))).code === 0);
    expect((await applied(namespaceOf(name))).code).toBe(0);
    await eventually('it may work in it', async () => (await applied(settings)).code === 0);
    expect(
      (await alice.kubectl(['wait', `namespace/${name}`, '--for=jsonpath={.status.phase}=Active']))
        .code,
    ).toBe(0);
  });

  test('cannot take what is another’s', async () => {
    for (const name of [gas.home, 'kube-system', 'default']) {
      const { code, stderr } = await applied(namespaceOf(name), '--force-conflicts');
      expect([name, code, stderr]).toEqual([
        name,
        1,
        expect.stringMatching(/[Ff]orbidden|denied/) as string,
      ]);
    }
  });

  test('finds kinds, and pages of them, as without a proxy', async () => {
    const kinds = await alice.kubectlOk(['api-resources', '--verbs=list', '-o', 'name']);
    expect(kinds).toContain('tenants.capsule.clastix.io');
    expect((await alice.kubectl(['explain', 'namespace.spec'])).code).toBe(0);
    expect((await alice.kubectl(['version'])).code).toBe(0);
    const chunks = await alice.kubectlOk(['get', 'namespaces', '--chunk-size=1', '-o', 'name']);
    expect(chunks).toContain(`namespace/${oil.home}`);
    expect(chunks).not.toContain(gas.name);
  });
});

describe("a dashboard, by Kubernetes' own client", () => {
  const cbor = { KUBE_FEATURE_ClientsAllowCBOR: 'true', KUBE_FEATURE_ClientsPreferCBOR: 'true' };
  test.each([
    ['JSON', {}],
    ['CBOR where it may have it', cbor],
  ])('in %s finds all that may be listed, follows it, and meets nothing else', async (_in, env) => {
    await using dashboard = await browse(alice.kubeconfig, { env });
    const kinds = dashboard.said('may');
    for (const kind of ['namespaces', 'pods', 'deployments.apps', 'tenants.capsule.clastix.io']) {
      expect(kinds).toContain(kind);
    }
    for (const kind of ['nodes', 'clusterroles.rbac.authorization.k8s.io']) {
      expect(kinds).not.toContain(kind);
    }
    const later = freshName('later');
    await alice.kubectlOk(['-n', oil.home, 'create', 'configmap', later]);
    await through.tenancy.kubectlOk(['-n', gas.home, 'create', 'configmap', later]);
    const added = `configmaps ${oil.home}/${later}`;
    await eventually('it is told', async () => dashboard.said('added').includes(added));
    expect(dashboard.said('added')).toContain(`namespaces ${oil.home}`);
    expect(dashboard.said('added').join('\n')).not.toContain(gas.name);
    expect(dashboard.said('failed')).toEqual([]);
  });

  test('that asks for protobuf first is told in JSON over all namespaces', async () => {
    const first = freshName('first');
    for (const { home } of [oil, gas]) {
      await through.tenancy.kubectlOk(['-n', home, 'create', 'configmap', first]);
    }
    await using typed = await browse(alice.kubeconfig, { protobuf: true });
    expect(typed.said('served').sort()).toEqual([
      'configmaps application/json',
      'namespaces application/vnd.kubernetes.protobuf',
    ]);
    expect(typed.said('added')).toContain(`namespaces ${oil.home}`);
    expect(typed.said('added')).toContain(`configmaps ${oil.home}/${first}`);
    await through.tenancy.kubectlOk(['-n', oil.home, 'create', 'configmap', `${first}-later`]);
    const added = `configmaps ${oil.home}/${first}-later`;
    await eventually('it is told', async () => typed.said('added').includes(added));
    expect(typed.said('added').join('\n')).not.toContain(gas.name);
    expect(typed.said('failed')).toEqual([]);
  });
});

test('what happened is listed over all namespaces, too', async () => {
  const event = (namespace: string) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `of-${namespace}`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace },
    reason: 'Tried',
    message: 'something happened',
    type: 'Normal',
  });
  await through.tenancy.apply([event(oil.home), event(gas.home)]);
  const events = await alice.names('events', '-A');
  expect(events).toContain(`of-${oil.home}`);
  expect(events).not.toContain(`of-${gas.home}`);
});

describe('forms of an answer', () => {
  test.each([
    ['application/json;as=Table;v=v1;g=meta.k8s.io', 'application/json'],
    ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'application/json'],
    ['application/vnd.kubernetes.protobuf', 'application/vnd.kubernetes.protobuf'],
    ['application/yaml', 'application/yaml'],
    ['application/cbor', 'application/cbor'],
  ])('%s', async (accept, expected) => {
    const { status, contentType, body } = await alice.request('GET', '/api/v1/namespaces', {
      headers: { accept },
    });
    expect([status, contentType.split(';', 1)[0]]).toEqual([200, expected]);
    expect(body).toContain(oil.home);
    expect(body).not.toContain(gas.name);
  });

  test('a watch is told in protobuf to who takes nothing else', async () => {
    const accept = 'application/vnd.kubernetes.protobuf;stream=watch';
    const watch = await alice.open('/api/v1/namespaces?watch=1&resourceVersion=0', { accept });
    await eventually('it begins', async () => watch.text().includes(oil.home));
    expect(watch.text()).not.toContain('"type"');
    expect(watch.text()).not.toContain(gas.name);
    watch.close();
  });
});

test('who takes CBOR and nothing else is told what there is instead, where an answer is looked at', async () => {
  const accept = 'application/cbor';
  const ask = async (path: string, as = accept) => {
    const opened = await alice.open(path, { accept: as });
    opened.close();
    return opened.status;
  };
  // One object, and what is in one namespace, goes as it comes.
  expect(await ask(`/api/v1/namespaces/${oil.home}`)).toBe(200);
  expect(await ask(`/api/v1/namespaces/${oil.home}/configmaps`)).toBe(200);
  expect(await ask(`/api/v1/namespaces/${oil.home}/configmaps?watch=1`)).toBe(200);
  expect(await ask('/api/v1/configmaps')).toBe(406);
  for (const kind of ['namespaces', 'configmaps']) {
    const target = `/api/v1/${kind}?watch=1&resourceVersion=0`;
    expect(await ask(target)).toBe(406);
    expect(await ask(target, `${accept};q=1,application/json;q=0.9`)).toBe(200);
  }
  const named = `/api/v1/namespaces/${gas.home}`;
  const refused = await alice.request('GET', named, { headers: { accept } });
  expect(refused.status).toBe(404);
});

test('paths and names that are not what they seem reach nothing', async () => {
  for (const target of [
    `/api/v1/namespaces/${gas.home}%2Fconfigmaps`,
    `/api/v1/namespaces/${oil.home}/../${gas.home}`,
    `/api/v1//namespaces/${gas.home}`,
    `/api/v1/namespaces/./${gas.home}`,
    `/api/v1/namespaces/${oil.home},${gas.home}`,
    `/api/v1/namespaces/${gas.home}/`,
    `/api/v1/watch/namespaces/${gas.home}/configmaps`,
    `/apis/capsule.clastix.io/v1beta2/tenants/${oil.name}%20${gas.name}`,
  ]) {
    const { status } = await alice.request('GET', target);
    expect([target, status >= 400 && status < 500]).toEqual([target, true]);
  }
});

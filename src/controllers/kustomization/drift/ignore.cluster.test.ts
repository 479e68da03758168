import { afterAll, beforeAll, expect, it } from 'vitest';
import { kubectlOk } from '../../../../test/support/cluster.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { startKustomizeHarness, type KustomizeHarness } from '../../../../test/support/kustomize-harness.ts'; // prettier-ignore

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

interface Wanted {
  replicas?: number | undefined;
  image?: string;
  annotations?: Record<string, string>;
}
/** Scaled to none by Git, so that no Pods are made. */
const deployment = ({ replicas = 0, image = 'app:1', annotations = {} }: Wanted = {}) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', annotations },
    spec: {
      replicas,
      revisionHistoryLimit: 5,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image, resources: { limits: { cpu: '1' } } }] },
      },
    },
  });

const target = { kind: 'Deployment' };
const scaled = { ignore: [{ paths: ['/spec/replicas'], target }] };

async function deployed(spec: object, wanted: Wanted = {}): Promise<string> {
  const namespace = await harness.tenant();
  await harness.publish({ 'a.yaml': deployment(wanted) }, { namespace });
  await harness.deploy(namespace, 'apps', { ...spec });
  await harness.ready(namespace, 'apps');
  return namespace;
}
async function pushed(namespace: string, wanted: Wanted): Promise<void> {
  const files = { 'a.yaml': deployment(wanted) };
  await harness.ready(namespace, 'apps', await harness.publish(files, { namespace }));
}

interface Deployment {
  replicas?: number;
  minReadySeconds?: number;
  template: { spec: { containers: { image: string; resources: { limits?: { cpu?: string } } }[] } };
}
const read = async (namespace: string) =>
  (await harness.read('apps/v1', 'Deployment', { namespace, name: 'web' }))!;
const specOf = async (namespace: string) => (await read(namespace))['spec'] as Deployment;
const container = async (namespace: string) => (await specOf(namespace)).template.spec.containers[0]!; // prettier-ignore

/** Changes it as a controller does that updates, as an autoscaler. */
async function update(namespace: string, body: object, ...args: string[]): Promise<void> {
  const patch = JSON.stringify(body);
  const manager = '--field-manager=autoscaler';
  await kubectlOk(['-n', namespace, 'patch', 'deployment', 'web', '-p', patch, manager, ...args]);
}
const scale = (namespace: string, replicas: number) =>
  update(namespace, { spec: { replicas } }, '--subresource=scale');

/** Changes it as a controller does that applies. */
async function applyAs(namespace: string, manager: string, spec: object): Promise<void> {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
  };
  const type = await harness.type('apps/v1', 'Deployment');
  const options = { fieldManager: manager, force: true };
  await harness.admin.apply(type, { ...object, spec }, options);
}
/** Who applies a field. */
const managersOf = async (namespace: string, field: string) =>
  ((await read(namespace)).metadata.managedFields ?? [])
    .filter(({ operation }) => operation === 'Apply')
    .filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes(`"f:${field}"`))
    .map(({ manager }) => manager);

/** What was asked about the object since the last call. */
const ofDeployments = () =>
  harness.requests().filter(({ resource }) => resource.startsWith('deployments'));

const told = (namespace: string) =>
  harness.events.filter(
    ({ about, reason }) => about === `${namespace}/apps` && reason.startsWith('Drift'),
  );

it('the first apply sets an ignored field', async () => {
  const namespace = await deployed(scaled, { replicas: 0 });
  expect((await specOf(namespace)).replicas).toBe(0);
});

it('what an autoscaler sets stays, over reconciles, drift elsewhere and new revisions', async () => {
  const namespace = await deployed(scaled);
  await scale(namespace, 3);
  await harness.request(namespace, 'apps');
  expect((await specOf(namespace)).replicas).toBe(3);
  expect(told(namespace)).toEqual([]);
  await update(namespace, { spec: { revisionHistoryLimit: 6 } });
  await eventually('the rest is put right', async () =>
    (await read(namespace))['spec'] && told(namespace).length > 0 ? true : undefined,
  );
  expect((await specOf(namespace)).replicas).toBe(3);
  expect(told(namespace)[0]?.message).toContain('.spec.revisionHistoryLimit by autoscaler');
  expect(told(namespace)[0]?.message).not.toContain('replicas');
  await pushed(namespace, { image: 'app:2' });
  expect((await specOf(namespace)).replicas).toBe(3);
  expect((await container(namespace)).image).toBe('app:2');
});

it('an ignored change is looked at once and costs no write', async () => {
  const namespace = await deployed(scaled);
  await harness.request(namespace, 'apps');
  await scale(namespace, 3);
  await harness.request(namespace, 'apps');
  harness.requests();
  await scale(namespace, 4);
  await harness.request(namespace, 'apps');
  expect(ofDeployments()).toEqual([]);
  expect((await specOf(namespace)).replicas).toBe(4);
});

it('what another applier owns is left to it altogether', async () => {
  const namespace = await deployed(scaled);
  await applyAs(namespace, 'scaler', { replicas: 3 });
  await pushed(namespace, { image: 'app:2' });
  expect((await specOf(namespace)).replicas).toBe(3);
  expect(await managersOf(namespace, 'replicas')).toEqual(['scaler']);
});

it('what kubectl writes to an ignored field stays; what it writes elsewhere does not', async () => {
  const namespace = await deployed(scaled);
  const body = { spec: { replicas: 3 } };
  await update(namespace, body, '--field-manager=kubectl-patch');
  await harness.request(namespace, 'apps');
  expect((await specOf(namespace)).replicas).toBe(3);
  expect(told(namespace)).toEqual([]);
  harness.requests();
  await harness.request(namespace, 'apps');
  expect(ofDeployments()).toEqual([]);
  const more = { spec: { replicas: 4, minReadySeconds: 9 } };
  await update(namespace, more, '--field-manager=kubectl-patch');
  await eventually('the other field is gone', async () =>
    (await specOf(namespace)).minReadySeconds === 9 ? undefined : true,
  );
  expect((await specOf(namespace)).replicas).toBe(4);
});

it('a field of an element, and a name with a slash', async () => {
  const paths = ['/spec/template/spec/containers/0/resources', '/metadata/annotations/a.io~1b'];
  const namespace = await deployed({ ignore: [{ paths }] }, { annotations: { 'a.io/b': 'git' } });
  const limits = { cpu: '2' };
  const containers = [{ name: 'web', resources: { limits } }];
  const metadata = { annotations: { 'a.io/b': 'theirs' } };
  await update(namespace, { metadata, spec: { template: { spec: { containers } } } });
  await pushed(namespace, { image: 'app:2', annotations: { 'a.io/b': 'git' } });
  expect(await container(namespace)).toMatchObject({ image: 'app:2', resources: { limits } });
  expect((await read(namespace)).metadata.annotations?.['a.io/b']).toBe('theirs');
});

it('a field that is nowhere is no obstacle', async () => {
  const namespace = await deployed({ ignore: [{ paths: ['/spec/absent/0/x', '/data/none'] }] });
  await pushed(namespace, { image: 'app:2' });
  expect((await container(namespace)).image).toBe('app:2');
});

it('a field that leaves Git while it is ignored stays as it is', async () => {
  const annotations = { 'a.io/b': 'git' };
  const ignore = [{ paths: ['/metadata/annotations/a.io~1b'] }];
  const namespace = await deployed({ ignore }, { annotations });
  await pushed(namespace, { image: 'app:2' });
  expect((await read(namespace)).metadata.annotations?.['a.io/b']).toBe('git');
});

it('once it is no longer ignored, Git has it again', async () => {
  const namespace = await deployed(scaled);
  await scale(namespace, 3);
  await pushed(namespace, { image: 'app:2' });
  expect((await specOf(namespace)).replicas).toBe(3);
  await harness.deploy(namespace, 'apps', {});
  await eventually('it is as in Git', async () =>
    (await specOf(namespace)).replicas === 0 ? true : undefined,
  );
});

it('after a restart it still stays', async () => {
  const namespace = await deployed(scaled);
  await scale(namespace, 3);
  await harness.crash();
  await harness.restart();
  await harness.request(namespace, 'apps');
  expect((await specOf(namespace)).replicas).toBe(3);
});

it('warn: what is ignored is no drift, also when it happened while no process ran', async () => {
  const namespace = await deployed({ ...scaled, driftDetection: { mode: 'warn' } });
  await harness.crash();
  await scale(namespace, 3);
  await harness.restart();
  await update(namespace, { spec: { revisionHistoryLimit: 6 } });
  await harness.until(namespace, 'apps', ({ status }) =>
    (status?.conditions ?? []).some(({ type }) => type === 'Drifted'),
  );
  const { status } = await harness.get(namespace, 'apps');
  const { message } = status!.conditions!.find(({ type }) => type === 'Drifted')!;
  expect(message).toContain('.spec.revisionHistoryLimit');
  expect(message).not.toContain('replicas');
});

it('labels may be ignored, and taking those of the owner away still hides nothing', async () => {
  const namespace = await deployed({ ignore: [{ paths: ['/metadata/labels'] }] });
  const name = 'kustomize.toolkit.fluxcd.io/name';
  await update(namespace, { metadata: { labels: { [name]: null, theirs: 'x' } } });
  await eventually('it is labelled again', async () =>
    (await read(namespace)).metadata.labels?.[name] === 'apps' ? true : undefined,
  );
  expect((await read(namespace)).metadata.labels?.['theirs']).toBe('x');
});

it('a rule that cannot be followed is refused', async () => {
  const namespace = await harness.tenant();
  await harness.publish({ 'a.yaml': deployment() }, { namespace });
  await harness.deploy(namespace, 'apps', { ignore: [{ paths: ['spec'] }] });
  const { message } = await harness.failed(namespace, 'apps', 'InvalidSpec');
  expect(message).toContain('spec.ignore[0].paths[0] is no JSON pointer');
});

import { randomBytes } from 'node:crypto';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { isAllowed } from '../../kube/access-review.ts';
import { messageOf } from '../../base/errors.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient, OwnClient } from '../../kube/client.ts';
import { serviceAccountIdentity, userIdentity } from '../../kube/identity.ts';
import type { KubeObject } from '../../kube/object.ts';
import { harmlessPod } from './harmless-pod.ts';
import { checkLabel } from './made-by-check.ts';
import { creating, NotServedError, typeOf } from './target.ts';
import { specOfTenant } from './tenant-of-check.ts';
import { userGroupOf } from './user-group.ts';
import { waitUntil } from './wait-until.ts';
import { baitName, deployerName, type Person, type Side, type World } from './world.ts';

/** How long the control plane may take for what the check waits for. */
const patienceSeconds = 60;
const tenantApi = 'capsule.clastix.io/v1beta2';
const rbac = 'rbac.authorization.k8s.io';

export interface WorldOptions {
  admin: OwnClient;
  /** Beginning of all names. */
  prefix: string;
  configuration: string;
  gitUrl?: string;
  proxy?: { url: string; ca?: string };
  signal: AbortSignal;
}

/** A name of its own, before anything is made: what is made is found by it. */
export const freshRun = (prefix: string) => `${prefix}-${randomBytes(4).toString('hex')}`;

/** Makes the tenants, as people do, and waits until they can be worked in. */
export async function buildWorld(run: string, options: WorldOptions): Promise<World> {
  const { admin, configuration, signal, gitUrl, proxy } = options;
  const hasTenants = await isServed(admin, { apiVersion: tenantApi, kind: 'Tenant' });
  const group = hasTenants ? await userGroupOf(admin, configuration, signal) : undefined;
  const maker: Maker = { admin, run, hasTenants, signal, ...(group !== undefined && { group }) };
  // One after the other: when this throws, nothing is still being made that would have to be deleted.
  const attacker = await makeSide(maker, 'a', 'the owner');
  const neighbour = await makeSide(maker, 'b', 'the neighbour');
  const unowned = `${run}-unowned`;
  await write(admin, namespaceOf(unowned, { [checkLabel]: run }), signal);
  const more = `${attacker.namespace}-more`;
  if (hasTenants) await createNamespace(maker, attacker, more);
  for (const bait of baits(neighbour.namespace)) await write(admin, bait, signal);
  const tenant = hasTenants ? await readTenant(admin, attacker.tenant) : undefined;
  return {
    run,
    admin,
    attacker,
    neighbour,
    unowned,
    hasTenants,
    // Whatever the cluster dropped is not there to be attacked.
    tenantSpec: (tenant?.['spec'] ?? {}) as Record<string, unknown>,
    more,
    configuration,
    ...(gitUrl !== undefined && { gitUrl }),
    ...(proxy && { proxy }),
    signal,
  };
}

interface Maker {
  admin: OwnClient;
  run: string;
  hasTenants: boolean;
  /** That users of tenants are in. */
  group?: string;
  signal: AbortSignal;
}

/** One more tenant in a world, with something else in its spec. */
export async function openTenant(
  world: World,
  name: string,
  change: Record<string, unknown>,
): Promise<Side> {
  const { admin, run, hasTenants, signal, configuration } = world;
  const group = await userGroupOf(admin, configuration, signal);
  const maker = { admin, run, hasTenants, signal, ...(group !== undefined && { group }) };
  return makeSide(maker, name, 'the owner', change);
}

async function makeSide(
  maker: Maker,
  name: string,
  called: string,
  change: Record<string, unknown> = {},
): Promise<Side> {
  const { admin, run, hasTenants, group, signal } = maker;
  const tenant = `${run}-${name}`;
  const namespace = `${tenant}-home`;
  const user = `${tenant}-owner`;
  const owner: Person = {
    name: called,
    user,
    client: admin.as(userIdentity(user, group === undefined ? [] : [group])),
  };
  const deployer: Person = {
    name: `${called === 'the owner' ? 'the' : "the neighbour's"} account that deploys`,
    user: `system:serviceaccount:${namespace}:${deployerName}`,
    client: admin.as(serviceAccountIdentity(namespace, deployerName)),
  };
  const side = { tenant, namespace, owner, deployer };
  if (hasTenants) {
    const spec = { ...specOfTenant(run, namespace, user), ...change };
    const metadata = { name: tenant, labels: { [checkLabel]: run } };
    await write(admin, { apiVersion: tenantApi, kind: 'Tenant', metadata, spec }, signal);
    await createNamespace(maker, side, namespace);
  } else {
    const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await write(admin, namespaceOf(namespace, { [checkLabel]: run, ...restricted }), signal);
    await write(admin, bindingOf(namespace, 'admin', { kind: 'User', name: user }), signal);
    const account = { kind: 'ServiceAccount', name: deployerName, namespace };
    await write(admin, bindingOf(namespace, 'edit', account), signal);
  }
  await write(admin, accountIn(namespace), signal);
  await waitUntilUsable(side, signal);
  return side;
}

/** As the owner does it. A control plane that has only heard of the Tenant may need a moment. */
async function createNamespace({ admin, run, signal }: Maker, side: Side, name: string) {
  const namespace = namespaceOf(name, { [tenantLabel]: side.tenant, [checkLabel]: run });
  let last: unknown;
  const made = await waitUntil(
    async () => {
      try {
        return await side.owner.client.create(await typeOf(admin, namespace), namespace);
      } catch (error) {
        if (!(error instanceof KubeApiError)) throw error;
        last = error;
        return undefined;
      }
    },
    { seconds: patienceSeconds, signal },
  );
  if (made) return;
  throw new Error(
    `the owner of a tenant may not create a namespace in it, which it must to be checked: ${messageOf(last)}`,
    { cause: last },
  );
}

/** Roles are bound, policies and quotas are in force: what is harmless is allowed. */
async function waitUntilUsable({ namespace, owner, deployer }: Side, signal: AbortSignal) {
  let last: unknown;
  const usable = await waitUntil(
    async () => {
      try {
        for (const { client } of [owner, deployer]) {
          await creating(harmlessPod(namespace))(client);
          const where = { namespace, group: rbac, resource: 'rolebindings', verb: 'create' };
          const isOwner = client === owner.client;
          if (isOwner && !(await isAllowed(client, where, { signal }))) return undefined;
        }
        return true;
      } catch (error) {
        if (!(error instanceof KubeApiError)) throw error;
        last = error;
        return undefined;
      }
    },
    { seconds: patienceSeconds, signal },
  );
  if (usable) return;
  throw new Error(`a tenant cannot run a harmless Pod in its namespace: ${messageOf(last)}`, {
    cause: last,
  });
}

/** A write that has begun is waited for, whoever presses Ctrl-C: what it makes has to be deleted. */
async function write(admin: KubeClient, object: KubeObject, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await admin.create(await typeOf(admin, object), object);
}

async function isServed(admin: KubeClient, of: { apiVersion: string; kind: string }) {
  try {
    return Boolean(await typeOf(admin, of));
  } catch (error) {
    if (error instanceof NotServedError) return false;
    throw error;
  }
}

async function readTenant(admin: KubeClient, name: string): Promise<KubeObject> {
  return admin.get(await typeOf(admin, { apiVersion: tenantApi, kind: 'Tenant' }), { name });
}

const namespaceOf = (name: string, labels: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

const accountIn = (namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: deployerName, namespace },
});

const bindingOf = (
  namespace: string,
  role: string,
  subject: { kind: string; name: string; namespace?: string },
): KubeObject => ({
  apiVersion: `${rbac}/v1`,
  kind: 'RoleBinding',
  metadata: { name: `check-${role}`, namespace },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  subjects: [{ ...subject, ...(subject.kind === 'User' && { apiGroup: rbac }) }],
});

/** What there is to steal. */
const baits = (namespace: string): KubeObject[] => [
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: baitName, namespace },
    stringData: { bait: 'not a secret' },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: baitName, namespace },
    data: { bait: 'for a neighbour' },
  },
];

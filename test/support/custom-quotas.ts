import { expect } from 'vitest';
import type { CustomQuotaStatus } from '../../src/api/capsule/custom-quota.ts';
import type { QuantityLedgerStatus } from '../../src/api/capsule/quantity-ledger.ts';
import { KubeApiError } from '../../src/kube/api-error.ts';
import { configMapType } from '../../src/kube/core-resources.ts';
import { userIdentity } from '../../src/kube/identity.ts';
import { freshName } from './cluster.ts';
import { eventually } from './eventually.ts';
import { startTenancyPlane, type TenancyPlane } from './tenancy-plane.ts';

interface User {
  as?: string;
  asGroups?: string[];
}

/** What a test creates: a ConfigMap that the quotas of {@link sized} count, if its labels say so. */
export interface Creation {
  name?: string;
  labels?: Record<string, string>;
  /** The owner of the first tenant by default; an admin without a name. */
  user?: User;
  dryRun?: boolean;
}

/** A plane with two tenants, and custom quotas in their namespaces. */
export interface CustomQuotaPlane extends AsyncDisposable {
  plane: TenancyPlane;
  owner: Required<User>;
  neighbour: Required<User>;
  /** A namespace of its own for each test; of the neighbour if it says so. */
  place(of?: 'neighbour'): Promise<string>;
  /** Applies a quota as an admin, of the cluster where the namespace is empty, and waits for it. */
  quota(namespace: string, spec?: Record<string, unknown>, isReady?: boolean): Promise<void>;
  status(namespace: string, name?: string): Promise<CustomQuotaStatus & { namespaces?: string[] }>;
  ready(namespace: string, name?: string): Promise<unknown>;
  /** Until so much is counted. */
  used(namespace: string, amount: string, name?: string): Promise<unknown>;
  ledger(namespace: string, name?: string): Promise<QuantityLedgerStatus>;
  /** Undefined when it was created, otherwise what the user reads. */
  create(
    namespace: string,
    size: string | undefined,
    creation?: Creation,
  ): Promise<string | undefined>;
  /** Until the webhooks that are registered are asked: the API server hears of them a moment later. */
  refused(namespace: string, size: string, message: string | RegExp): Promise<unknown>;
}

/** A source of ConfigMaps. */
export const configMaps = (source: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  ...source,
});

/** Adds up the sizes of ConfigMaps that are labelled as counted. */
export const sized = (selector: object = {}) =>
  configMaps({
    path: '.data.size',
    selectors: [{ matchLabels: { counted: 'yes' }, ...selector }],
  });

/** Starts it. */
export async function startCustomQuotaPlane(): Promise<CustomQuotaPlane> {
  const plane = await startTenancyPlane();
  const [oil, gas] = [freshName('oil'), freshName('gas')];
  const [alice, bob] = [freshName('alice'), freshName('bob')];
  const owner = { as: alice, asGroups: [plane.group] };
  const neighbour = { as: bob, asGroups: [plane.group] };
  await plane.tenant(oil, { owners: [{ kind: 'User', name: alice }] });
  await plane.tenant(gas, { owners: [{ kind: 'User', name: bob }] });

  const resource = (namespace: string, name: string) =>
    namespace === '' ? ['globalcustomquota', name] : ['-n', namespace, 'customquota', name];
  const status: CustomQuotaPlane['status'] = async (namespace, name = 'quota') =>
    (await plane.get(...resource(namespace, name)))['status'] as Awaited<
      ReturnType<CustomQuotaPlane['status']>
    >;
  const ready: CustomQuotaPlane['ready'] = (namespace, name = 'quota') =>
    eventually(`${name} is ready`, async () => {
      const { metadata, status: found } = await plane.get(...resource(namespace, name));
      expect(found).toMatchObject({
        observedGeneration: metadata.generation,
        conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded' }],
      });
      return true;
    });
  const create: CustomQuotaPlane['create'] = async (
    namespace,
    size,
    { name = freshName('map'), labels = { counted: 'yes' }, user = owner, dryRun = false } = {},
  ) => {
    const data = size === undefined ? {} : { size };
    const metadata = { name, namespace, labels };
    const { as, asGroups } = user;
    const client = as === undefined ? plane.admin : plane.admin.as(userIdentity(as, asGroups));
    try {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
      await client.create(configMapType, object, { dryRun });
      return undefined;
    } catch (error) {
      if (error instanceof KubeApiError) return error.message;
      throw error;
    }
  };

  return {
    plane,
    owner,
    neighbour,
    status,
    ready,
    create,
    async place(of) {
      const [tenant, user] = of ? [gas, bob] : [oil, alice];
      const name = freshName(tenant);
      await plane.namespace(name, tenant, user);
      return name;
    },
    async quota(namespace, given = {}, isReady = true) {
      const { name = 'quota', limit = '3', sources = [sized()], ...more } = given;
      const kind = namespace === '' ? 'GlobalCustomQuota' : 'CustomQuota';
      const metadata = { name, ...(namespace !== '' && { namespace }) };
      const spec = { limit, sources, ...more };
      const apiVersion = 'capsule.clastix.io/v1beta2';
      await plane.apply([{ apiVersion, kind, metadata, spec }]);
      if (isReady) await ready(namespace, String(name));
    },
    used: (namespace, amount, name = 'quota') =>
      eventually(`${amount} is used of ${name}`, async () => {
        expect((await status(namespace, name)).usage?.used).toBe(amount);
        return true;
      }),
    ledger: async (namespace, name = 'quota') =>
      (await plane.get('-n', namespace, 'quantityledger', name))['status'] as QuantityLedgerStatus,
    refused: (namespace, size, message) =>
      eventually(`${size} is refused`, async () => {
        const name = freshName('probe');
        const answer = await create(namespace, size, { name, dryRun: true });
        expect(answer).toMatch(message);
        return true;
      }),
    [Symbol.asyncDispose]: () => plane[Symbol.asyncDispose](),
  };
}

import type { ProcessedItem } from '../../src/api/capsule/replication.ts';
import { silentLog } from '../../src/base/log.ts';
import { buildNative } from '../../src/engines/native/build-native.ts';
import { createRenderPool } from '../../src/engines/render/render-pool.ts';
import { createTemplates } from '../../src/engines/templates/templates.ts';
import { isNotFound } from '../../src/kube/api-error.ts';
import type { Condition } from '../../src/kube/object.ts';
import { freshName } from './cluster.ts';
import { eventually } from './eventually.ts';
import {
  capsule,
  startTenancyHarness,
  type HarnessTenant,
  type TenancyHarness,
} from './tenancy-harness.ts';

/** The status of either kind that replicates. */
export interface ReplicationStatus {
  conditions?: Condition[];
  processedItems?: ProcessedItem[];
  selectedTenants?: string[];
  serviceAccount?: { name: string; namespace: string };
  size?: number;
}

/** Where a TenantResource is; a GlobalTenantResource is nowhere. */
export interface ReplicationKey {
  name: string;
  namespace?: string;
}

/** Tenancy with replications at work, on a plane of its own. */
export interface ReplicationHarness extends TenancyHarness {
  /** A ServiceAccount in the tenant's first namespace, with a role in all of them, as its owner makes one. */
  account(tenant: HarnessTenant, role?: string): Promise<string>;
  /** A TenantResource of the owner in the first namespace; it acts as the tenant's account for that. */
  replicate(
    tenant: HarnessTenant,
    resources: object[],
    more?: Record<string, unknown>,
  ): Promise<Required<ReplicationKey>>;
  /** The status once Ready is as asked for, with a message that matches. */
  settled(
    key: ReplicationKey,
    ready: 'True' | 'False',
    message?: RegExp,
  ): Promise<ReplicationStatus>;
  /** Changes the spec. */
  change(key: ReplicationKey, spec: object): Promise<void>;
  remove(key: ReplicationKey): Promise<void>;
  /** The data of a ConfigMap; undefined when there is none. */
  data(namespace: string, name: string): Promise<unknown>;
}

export interface ReplicationHarnessOptions {
  /** Leaves out the check of scopes, to see what RBAC refuses by itself. */
  isScopeUnchecked?: boolean;
}

/** Starts it; resolves once it is at work. */
export async function startReplicationHarness(
  options: ReplicationHarnessOptions = {},
): Promise<ReplicationHarness> {
  const binary = await buildNative('engine');
  const limits = { size: 2, maxMemoryBytes: 512 << 20, deadlineMs: 15_000 };
  const pool = createRenderPool({ binary, log: silentLog, ...limits });
  const harness = await startTenancyHarness({
    replication: { templates: createTemplates(pool), ...options },
  });
  const { kubectlOk, apply, get } = harness;

  /** By tenant, that of all its replications that name none themselves. */
  const accounts = new Map<string, Promise<string>>();
  async function account({ home, namespaces, owner }: HarnessTenant, role = 'admin') {
    const name = freshName('replicator');
    await kubectlOk(['-n', home, 'create', 'serviceaccount', name], owner);
    for (const namespace of namespaces) {
      const binding = [`--clusterrole=${role}`, `--serviceaccount=${home}:${name}`];
      await kubectlOk(['-n', namespace, 'create', 'rolebinding', name, ...binding], owner);
    }
    return name;
  }

  return {
    ...harness,
    account,
    async replicate(tenant, resources, more = {}) {
      const key = { name: freshName('tr'), namespace: tenant.home };
      const known = accounts.get(tenant.name) ?? account(tenant);
      accounts.set(tenant.name, known);
      const spec = { serviceAccount: { name: await known }, resources, ...more };
      await apply([capsule('TenantResource', key, spec)], tenant.owner);
      return key;
    },
    settled(key, ready, message = /./) {
      return eventually(`${key.name} is Ready=${ready}`, async () => {
        const { metadata, ...object } = await get(...argumentsOf(key));
        const status = (object['status'] ?? {}) as ReplicationStatus;
        const found = status.conditions?.find(({ type }) => type === 'Ready');
        const isCurrent = found?.observedGeneration === metadata.generation;
        if (found?.status !== ready || !isCurrent || !message.test(found.message))
          throw new Error(JSON.stringify(status));
        return status;
      });
    },
    async change(key, spec) {
      const patch = ['--type=merge', '-p', JSON.stringify({ spec })];
      await kubectlOk(['patch', ...argumentsOf(key), ...patch]);
    },
    async remove(key) {
      await kubectlOk(['delete', ...argumentsOf(key), '--timeout=240s']);
    },
    async data(namespace, name) {
      try {
        return (await get('-n', namespace, 'configmap', name))['data'] ?? {};
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      await harness[Symbol.asyncDispose]();
      await pool.close();
    },
  };
}

function argumentsOf({ name, namespace }: ReplicationKey): string[] {
  if (namespace === undefined) return ['globaltenantresource', name];
  return ['-n', namespace, 'tenantresource', name];
}

/** A ConfigMap, to be replicated. */
export function configMap(name: string, data: object = {}, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

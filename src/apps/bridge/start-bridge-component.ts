import { bridgeName } from '../../api/install/bridge.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { parseServiceAccountUser, serviceAccountUser } from '../../access/service-account-user.ts';
import { adoptHome } from '../../controllers/reconciler-account/adopt-home.ts';
import {
  indexEquipment,
  type EquipmentIndex,
} from '../../controllers/reconciler-account/equipment-index.ts';
import {
  accountFieldManager as fieldManager,
  keepAccount,
  type AccountDeps,
} from '../../controllers/reconciler-account/keep-account.ts';
import { keepKubeconfig } from '../../controllers/reconciler-account/keep-kubeconfig.ts';
import { managedByBridge, managedByLabel } from '../../controllers/reconciler-account/marks.ts';
import type { Account } from '../../controllers/reconciler-account/names.ts';
import {
  createOwnershipIndex,
  type OwnershipIndex,
} from '../../controllers/reconciler-account/ownership-index.ts';
import { equipmentTypes } from '../../controllers/reconciler-account/wanted-objects.ts';
import { indexNamespaces } from '../../controllers/tenant/namespace-index.ts';
import { namespaceType, serviceAccountType } from '../../kube/core-resources.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { createCaches } from '../../runtime/cache/create-caches.ts';
import { startKeeper, type Keeper } from '../../runtime/keeper.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { tenantsConcerned } from '../tenancy/concerned.ts';
import { onWish } from '../tenancy/on-wish.ts';
import { readerOf } from '../tenancy/tenancy-readers.ts';
import type { FollowedEndpoint } from './follow-endpoint.ts';
import { kubeconfigExpiry } from './kubeconfig-metrics.ts';
import { accountsOf } from './owners-of.ts';

export interface BridgeComponentOptions {
  runtime: Runtime;
  client: KubeClient;
  /** Namespace the control plane runs in. */
  home: string;
  endpoint: FollowedEndpoint;
  /** `--kubeconfig-token-lifetime`. */
  tokenLifeMs: number;
  /** `--legacy-token-secrets`. */
  legacyTokens: boolean;
  /** `--home-owner-reference`. */
  homeReference: boolean;
  workers?: number;
}

/** Namespaces of the cluster itself: a role there would be one over the cluster. */
const clusterNamespaces = ['kube-system', 'kube-public', 'kube-node-lease'];

/**
 * Starts giving ServiceAccounts that own Tenants what they deploy them by, until the runtime's signal
 * aborts; resolves once the caches hold the cluster.
 */
export async function startBridgeComponent(options: BridgeComponentOptions): Promise<Keeper[]> {
  const { runtime, endpoint, workers } = options;
  const { caches } = runtime;
  const { equipment, accounts } = await openCaches(options);
  const index = indexEquipment(equipment, equipmentTypes);
  const ownerships = createOwnershipIndex();
  runtime.metrics.watch(kubeconfigExpiry(index));
  const keeper = startKeeper({
    name: 'reconciler-account',
    runtime,
    ...(workers !== undefined && { workers }),
    watch: () => accounts,
    ...keepAccount(depsOf({ ...options, equipment, index, ownerships })),
  });
  followOwners({ runtime, ownerships, wake: keeper.wake });
  keeper.open();
  const wakeAll = () => index.accounts().forEach((account) => keeper.wake(account));
  // Of accounts that went while nobody looked.
  wakeAll();
  endpoint.onChange(wakeAll);
  index.onChange((account) => keeper.wake(account));
  caches.for(namespaceType).onChange(({ before, after }) => {
    const { name } = (after ?? before)?.metadata ?? { name: '' };
    for (const { metadata } of accounts.list(name)) keeper.wake(metadata);
  });
  return [keeper];
}

async function openCaches({ client, runtime }: BridgeComponentOptions) {
  const { caches, signal, log, clock } = runtime;
  const selectorFor = () => `${managedByLabel}=${managedByBridge}`;
  const equipment = createCaches({ client, signal, log, clock, selectorFor });
  const metadata = createCaches({ client, signal, log, clock, metadataOnly: true });
  const accounts = metadata.for(serviceAccountType);
  await Promise.all([
    accounts.synced(signal),
    ...equipmentTypes.map((type) => equipment.for(type).synced(signal)),
    ...[Tenant.type, TenantOwner.type, namespaceType].map((type) =>
      caches.for(type).synced(signal),
    ),
  ]);
  return { equipment, accounts };
}

interface Indexes {
  equipment: Caches;
  index: EquipmentIndex;
  ownerships: OwnershipIndex;
}

function depsOf(options: BridgeComponentOptions & Indexes): AccountDeps {
  const { runtime, client, home, equipment, index, ownerships, homeReference } = options;
  const { caches, clock, recorder } = runtime;
  const namespaces = indexNamespaces(caches.for(namespaceType));
  const writing = { client, clock, equipment, fieldManager };
  return {
    ...writing,
    index,
    recorder,
    legacyTokens: options.legacyTokens,
    distributor: { namespace: home, name: bridgeName },
    factsOf({ namespace, name }) {
      const user = serviceAccountUser(namespace, name);
      return {
        owned: ownerships.owned(user),
        declared: ownerships.declared(user),
        homeTenant: namespaces.tenantOf(namespace),
        isSystemHome: namespace === home || clusterNamespaces.includes(namespace),
      };
    },
    keepKubeconfig: keepKubeconfig({
      ...writing,
      endpoint: () => options.endpoint.current(),
      lifeMs: options.tokenLifeMs,
    }),
    ...(homeReference && { adoptHome: adoptHome({ client, caches, fieldManager }) }),
  };
}

interface FollowOptions {
  runtime: Runtime;
  ownerships: OwnershipIndex;
  wake: (account: Account) => void;
}

/** Keeps the index of who owns what, and wakes those for whom it changes. */
function followOwners({ runtime, ownerships, wake }: FollowOptions): void {
  const { caches } = runtime;
  const [tenants, owners] = [readerOf(caches, Tenant), readerOf(caches, TenantOwner)];
  const look = (name: string) => {
    const tenant = tenants.get(name);
    const named = tenant ? accountsOf(tenant, owners.list()) : new Map();
    for (const user of ownerships.put(name, named)) {
      const account = parseServiceAccountUser(user);
      if (account) wake(account);
    }
  };
  for (const { metadata } of caches.for(Tenant.type).list()) look(metadata.name);
  onWish(caches, Tenant.type, ({ before, after }) => {
    look((after ?? before)?.metadata.name ?? '');
  });
  onWish(caches, TenantOwner.type, (change) => {
    for (const { metadata } of tenantsConcerned(change, caches.for(Tenant.type).list())) {
      look(metadata.name);
    }
  });
}

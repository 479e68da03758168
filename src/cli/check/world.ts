import type { KubeClient, OwnClient } from '../../kube/client.ts';
import { skipped, type Outcome } from './outcome.ts';

/** Somebody who attacks, or is attacked. */
export interface Person {
  /** As the report calls them: `the owner`. */
  name: string;
  /** User name in the cluster. */
  user: string;
  client: KubeClient;
}

/** A throw-away tenant. */
export interface Side {
  /** Name of the Tenant; where there are none, of what its namespace is. */
  tenant: string;
  namespace: string;
  /** Its owner, as people are. */
  owner: Person;
  /** Its account, which deploys: a ServiceAccount with the widest role that the platform gives. */
  deployer: Person;
}

/** Name of the account in {@link Side.namespace} that deploys. */
export const deployerName = 'deployer';

/** Name of the Secret, the ConfigMap and the source that the neighbour has, to be stolen. */
export const baitName = 'bait';

/** What an attack finds: two tenants that were made for it, and a namespace of no tenant. */
export interface World {
  /** Name of the run, and the value of the label on everything that it made. */
  run: string;
  /** Acts as the kubeconfig's user. */
  admin: OwnClient;
  attacker: Side;
  neighbour: Side;
  /** A namespace that belongs to no tenant. */
  unowned: string;
  /** Tenants are an object here; elsewhere they are namespaces and roles. */
  hasTenants: boolean;
  /** `spec` of the attacker's Tenant as the cluster took it; nothing where there are no Tenants. */
  tenantSpec: Readonly<Record<string, unknown>>;
  /** Namespaces that the attacker's tenant may have; the attacker has all of them. */
  more: string;
  /** Name of the CapsuleConfiguration that counts. */
  configuration: string;
  /** A repository with `examples/check`, which the cluster can fetch. */
  gitUrl?: string;
  /** Where the tenant proxy is, and the PEM of its authority; the system's authorities without. */
  proxy?: { url: string; ca?: string };
  signal: AbortSignal;
}

/** Who attacks, unless the attack says otherwise. */
export const attackersOf = ({ attacker }: World): readonly Person[] => [
  attacker.owner,
  attacker.deployer,
];

/** Why an attack on Tenants makes no sense here, if it does not. */
export function withoutTenants({ hasTenants }: World): Outcome | undefined {
  return hasTenants ? undefined : skipped('the cluster serves no Tenants');
}

/** Why an attack on an option of the Tenant makes no sense here, if it does not. */
export function withoutOption(world: World, option: string): Outcome | undefined {
  if (!world.hasTenants) return withoutTenants(world);
  if (world.tenantSpec[option] !== undefined) return undefined;
  return skipped(`Tenants here have no spec.${option}`);
}

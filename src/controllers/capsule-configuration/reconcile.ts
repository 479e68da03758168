import type {
  CapsuleConfiguration,
  CapsuleConfigurationStatus,
} from '../../api/capsule/capsule-configuration.ts';
import type { Subject } from '../../api/capsule/owner.ts';
import { Reason } from '../../api/reasons.ts';
import { messageOf, retryable, type ReconcileError } from '../../base/errors.ts';
import { ringOne, type RingSettings } from '../../access/ring-one.ts';
import type { AccountHomes } from '../../access/tenancy/account-homes.ts';
import { capsuleUsers } from '../../access/tenancy/users.ts';
import type { KubeObject } from '../../kube/object.ts';
import { done, type Outcome } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';
import type { NotEnsured } from '../shared/ensure-objects.ts';
import { clusterRoles } from './provisioner.ts';

/** What the reconciler of CapsuleConfigurations works with. */
export interface ConfigurationDeps {
  /** `--configuration-name`: the one that counts. */
  name: string;
  /** Namespace the control plane runs in. */
  home: string;
  /** Users that others name: TenantOwners with `aggregate`, Tenants in `spec.gitops`. */
  named(): readonly Subject[];
  /** Names of all Tenants. */
  tenants(): string[];
  /** ServiceAccounts of tenants that own them by promotion, wherever that is allowed. */
  promoted(): readonly Subject[];
  /** Labels of namespaces that some grant of a source selects on. */
  protectedLabels(): readonly string[];
  /** Namespaces whose accounts own tenants. */
  accountHomes(): AccountHomes;
  /** Makes cluster-scoped objects what they should be, if they are not; tells which it could not. */
  ensure(objects: readonly KubeObject[], signal: AbortSignal): Promise<NotEnsured[]>;
  /** Registers the second ring with the API server as the configuration says. */
  register(configuration: CapsuleConfiguration, signal: AbortSignal): Promise<void>;
  /** Deletes roles, policies and bindings that were made here and are not among these. */
  collect(objects: readonly KubeObject[], signal: AbortSignal): Promise<void>;
}

/** Says who the users of Capsule are, gives them their roles, and puts both rings in place. */
export async function reconcile(
  configured: CapsuleConfiguration,
  deps: ConfigurationDeps,
  run: Run<CapsuleConfigurationStatus>,
): Promise<Outcome> {
  const { metadata, spec } = configured;
  if (metadata.name !== deps.name) {
    const message = `not in use: --configuration-name is '${deps.name}'`;
    return done({ reason: Reason.Succeeded, message, requeueMs: null });
  }
  const users = capsuleUsers({ ...spec, aggregated: deps.named() });
  run.record({ users, tenants: deps.tenants() });
  const configuration = metadata.name;
  const promoted = spec.allowServiceAccountPromotion ? deps.promoted() : [];
  const roles = clusterRoles({ configuration, spec, users, promoted });
  const wanted = [...roles, ...ringOne(ringSettings(configured, deps))];
  const failed = await deps.ensure(wanted, run.signal);
  // Old names go only once the new ones hold.
  if (failed.length === 0) await deps.collect(wanted, run.signal);
  await deps.register(configured, run.signal);
  if (failed.length > 0) throw notInForce(failed);
  return done({ reason: Reason.Succeeded, message: 'reconciled' });
}

/** Says what is missing, as far as a message goes; the rest holds. */
function notInForce(failed: readonly NotEnsured[]): ReconcileError {
  const [first] = failed;
  const names = failed
    .slice(0, 5)
    .map(({ object: { kind, metadata } }) => `${kind} ${metadata.name}`);
  const more = failed.length > names.length ? ` and ${failed.length - names.length} more` : '';
  const message = `not in force as they should be: ${names.join(', ')}${more}: ${messageOf(first?.error)}`;
  return retryable(Reason.Failed, message, { cause: first?.error });
}

/** What of the configuration the first ring is made from. */
function ringSettings(
  { metadata, spec }: CapsuleConfiguration,
  deps: ConfigurationDeps,
): RingSettings {
  const { ignoreUserWithGroups: ignoredGroups = [], protectedNamespaceRegex, nodeMetadata } = spec;
  return {
    configuration: metadata.name,
    home: deps.home,
    ignoredGroups,
    protectedNamespaceRegex,
    nodeMetadata,
    protectedLabels: deps.protectedLabels(),
    accountHomes: deps.accountHomes(),
  };
}

import type { CapsuleConfigurationSpec } from '../../api/capsule/capsule-configuration.ts';
import { createdByLabel, managedByController, managedByLabel } from '../../api/capsule/labels.ts';
import type { Subject } from '../../api/capsule/owner.ts';
import { accountsRole, clusterRole, clusterRoleBinding } from '../../access/tenancy/ownership.ts';
import { capsuleGroup, Verb } from '../../access/tenancy/vocabulary.ts';
import type { KubeObject } from '../../kube/object.ts';

const createdBy = 'rbac-controller';
const labels = { [createdByLabel]: createdBy, [managedByLabel]: managedByController };

const role = (name: string, rules: object[]) => clusterRole({ name, labels }, rules);
const binding = (name: string, subjects: readonly Subject[]) =>
  clusterRoleBinding({ name, labels }, subjects);

/** Name of the role of those who administer all tenants. */
export const administratorRole = 'capsule-administrator';

/** A verb of ours on the configuration that counts. */
const onConfiguration = (configuration: string, verb: Verb) => ({
  apiGroups: [capsuleGroup],
  resources: ['capsuleconfigurations'],
  resourceNames: [configuration],
  verbs: [verb],
});

export interface ProvisionerRequest {
  /** Name of the configuration that counts. */
  configuration: string;
  spec: CapsuleConfigurationSpec;
  /** Everybody tenancy is enforced for. */
  users: readonly Subject[];
  /** ServiceAccounts of tenants that own them by promotion. */
  promoted: readonly Subject[];
}

/** Whether an object was made here: one whose name is not asked for any more goes. */
export function isOfProvisioner({ metadata }: KubeObject): boolean {
  return metadata.labels?.[createdByLabel] === createdBy;
}

/**
 * Roles of the whole cluster: users of Capsule may ask for namespaces (which ones they get, the
 * admission policies say), owners may delete theirs, administrators may do everything with tenants.
 * Accounts that live in tenants are users of Capsule too, which by itself lets them do nothing.
 */
export function clusterRoles(request: ProvisionerRequest): KubeObject[] {
  const { configuration, spec, users, promoted } = request;
  const { provisioner, deleter } = spec.rbac;
  const administrators = spec.administrators ?? [];
  return [
    role(provisioner, [
      { apiGroups: [''], resources: ['namespaces'], verbs: ['create', 'patch'] },
      onConfiguration(configuration, Verb.Use),
    ]),
    role(deleter, [{ apiGroups: [''], resources: ['namespaces'], verbs: ['delete'] }]),
    role(accountsRole, [onConfiguration(configuration, Verb.Use)]),
    role(administratorRole, [onConfiguration(configuration, Verb.Administer)]),
    binding(provisioner, unique([...users, ...administrators, ...promoted])),
    binding(administratorRole, administrators),
  ];
}

function unique(subjects: readonly Subject[]): Subject[] {
  const known = new Map(subjects.map((each) => [JSON.stringify([each.kind, each.name]), each]));
  return [...known.values()];
}

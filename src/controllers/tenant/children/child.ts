import {
  managedByController,
  managedByLabel,
  managedTenantLabel,
} from '../../../api/capsule/labels.ts';
import { Tenant } from '../../../api/capsule/tenant.ts';
import { apiVersionOf, type KubeObject, type OwnerReference } from '../../../kube/object.ts';

/** A Tenant, as far as what is managed for it needs to know. */
export interface TenantIdentity {
  name: string;
  uid: string;
}

/** Metadata of an object that is managed for a tenant in one of its namespaces. */
export interface ChildMetadata {
  name: string;
  /** Absent for what is cluster-scoped. */
  namespace?: string;
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
}

/** An object that is managed for a tenant: labelled, and owned by it, so that it goes with it. */
export function childOf(
  tenant: TenantIdentity,
  object: { apiVersion: string; kind: string; metadata: ChildMetadata; [field: string]: unknown },
): KubeObject {
  const { labels, annotations, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: {
        ...labels,
        [managedTenantLabel]: tenant.name,
        [managedByLabel]: managedByController,
      },
      ...(annotations && { annotations: { ...annotations } }),
      ownerReferences: [controllerReference(tenant)],
    },
  };
}

/** The reference by which a managed object goes when its tenant goes. */
export function controllerReference({ name, uid }: TenantIdentity): OwnerReference {
  const { apiVersion, kind } = tenantReference;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** How a Tenant is referred to. */
export const tenantReference = { apiVersion: apiVersionOf(Tenant.type), kind: Tenant.kind };

import type { KubeObject } from '../kube/object.ts';

interface GroupVersionResource {
  group: string;
  version: string;
  resource: string;
}

interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** Who asks: authentication.k8s.io/v1 UserInfo. */
export interface UserInfo {
  username: string;
  groups?: readonly string[];
  uid?: string;
  extra?: Readonly<Record<string, readonly string[]>>;
}

/** What the API server asks a webhook about: admission.k8s.io/v1 AdmissionRequest. */
export interface AdmissionRequest {
  uid: string;
  kind: GroupVersionKind;
  resource: GroupVersionResource;
  subResource?: string;
  /** Empty on a create with `generateName`. */
  name: string;
  /** Absent for what is cluster-scoped. */
  namespace?: string;
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  userInfo: UserInfo;
  /** Absent on a delete. */
  object?: KubeObject;
  /** Of an update or a delete: what is stored. */
  oldObject?: KubeObject;
  /** Nothing is to be changed anywhere by answering. */
  dryRun: boolean;
}

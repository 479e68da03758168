import type { NamespaceChecks } from '../../api/capsule/rules/checks.ts';
import type { KubeObject } from '../../kube/object.ts';

/** A request that rules of a tenant judge. */
export interface RuleFacts {
  operation: 'CREATE' | 'UPDATE';
  kind: { group: string; version: string; kind: string };
  subresource?: string;
  object: KubeObject;
  /** Of an update: what is stored. */
  oldObject?: KubeObject;
  /** Those of the namespace whose audience the sender is in. */
  checks: NamespaceChecks;
}

/** Something that an object asks for. */
export interface Asked {
  /** Where in the object. */
  path: string;
  value: string;
  /** Of an image: the part of the pod, and the pull policy. */
  target?: string;
  policy?: string;
  /** Of metadata: whether it is a label or an annotation, and its key. */
  field?: 'labels' | 'annotations';
  key?: string;
}

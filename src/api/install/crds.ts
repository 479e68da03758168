import type { KubeObject } from '../../kube/object.ts';
import { customResourceDefinition } from '../crd/custom-resource-definition.ts';
import { kinds } from '../kinds.ts';

/** The CustomResourceDefinitions of every declared kind. */
export function crds(): KubeObject[] {
  return kinds.map(customResourceDefinition);
}

import type { KubeObject } from '../../kube/object.ts';
import { customResourceDefinition } from '../crd/custom-resource-definition.ts';
import { allKinds, kinds } from '../kinds.ts';
import type { InstallOptions } from './options.ts';

/** The CustomResourceDefinitions of an installation. */
export function crds(
  { tenancy }: Pick<InstallOptions, 'tenancy'> = { tenancy: false },
): KubeObject[] {
  return (tenancy ? allKinds : kinds).map(customResourceDefinition);
}

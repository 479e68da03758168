import type { KubeObject } from '../../kube/object.ts';
import { customResourceDefinition } from '../crd/custom-resource-definition.ts';
import { capsuleKinds } from '../capsule/kinds.ts';
import { kinds } from '../kinds.ts';
import { defaultInstallOptions, type InstallOptions } from './options.ts';

/** The CustomResourceDefinitions of an installation. */
export function crds({
  gitops,
  tenancy,
}: Pick<InstallOptions, 'gitops' | 'tenancy'> = defaultInstallOptions): KubeObject[] {
  const installed = [...(gitops ? kinds : []), ...(tenancy ? capsuleKinds : [])];
  return installed.map(customResourceDefinition);
}

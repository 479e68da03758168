import type { KubeObject } from '../../kube/object.ts';
import { bridgeRbac } from './bridge.ts';
import { crds } from './crds.ts';
import { tenancyRbac, webhookService } from './tenancy.ts';
import { criticalPodsQuota, homeNamespace, networkPolicies } from './home.ts';
import { installLabels, type InstallOptions } from './options.ts';
import { proxyManifests } from './proxy.ts';
import { managerRbac, watcherRoles } from './rbac.ts';
import { userRoles } from './user-roles.ts';
import { artifactService, managerDeployments } from './workload.ts';

/** Everything an installation is, in the order it can be applied in. */
export function installManifests(options: InstallOptions): KubeObject[] {
  return [
    homeNamespace(options),
    ...labelledCrds(options),
    criticalPodsQuota(options),
    ...(options.gitops || options.tenancy ? watcherRoles(options) : []),
    ...(options.gitops ? managerRbac(options) : []),
    ...(options.tenancy ? tenancyRbac(options) : []),
    ...(options.bridge ? bridgeRbac(options) : []),
    ...(options.gitops ? userRoles(options) : []),
    ...(options.networkPolicies ? networkPolicies(options) : []),
    ...(options.gitops ? [artifactService(options)] : []),
    ...(options.tenancy ? [webhookService(options)] : []),
    ...managerDeployments(options),
    ...(options.proxy ? proxyManifests(options) : []),
  ];
}

/** The CRDs with the labels `flux check` looks for. */
function labelledCrds(options: InstallOptions): KubeObject[] {
  return crds(options).map((crd) => ({
    ...crd,
    metadata: { ...crd.metadata, labels: installLabels(options) },
  }));
}

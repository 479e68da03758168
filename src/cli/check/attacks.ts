import type { Attack } from './attack.ts';
import { adoptNamespace } from './attacks/namespaces/adopt.ts';
import { labelNeighbour } from './attacks/namespaces/label-neighbour.ts';
import { leaveTenant } from './attacks/namespaces/leave.ts';
import { namespaceOfNobody } from './attacks/namespaces/of-nobody.ts';
import { relaxPodSecurity } from './attacks/namespaces/pod-security.ts';
import { passNamespaceQuota } from './attacks/namespaces/quota.ts';
import { squatInTenant } from './attacks/namespaces/squat.ts';
import { takeSystemNamespace } from './attacks/namespaces/system.ts';
import { takeOverNamespace } from './attacks/namespaces/take-over.ts';
import { editConfiguration } from './attacks/tenants/configuration.ts';
import { editTenant } from './attacks/tenants/edit.ts';
import { editManagedObjects } from './attacks/tenants/managed-objects.ts';
import { editRulesInForce } from './attacks/tenants/rules-in-force.ts';
import { bindElsewhere } from './attacks/rbac/bind-elsewhere.ts';
import { takeCertificates } from './attacks/rbac/certificates.ts';
import { becomeClusterAdmin } from './attacks/rbac/cluster-admin.ts';
import { escalate } from './attacks/rbac/escalate.ts';
import { impersonate } from './attacks/rbac/impersonate.ts';
import { takeTokens } from './attacks/rbac/tokens.ts';
import { readCluster } from './attacks/cluster/read.ts';
import { readSystem } from './attacks/cluster/system-secrets.ts';
import { weakenPolicies } from './attacks/cluster/weaken.ts';
import { writeCluster } from './attacks/cluster/write.ts';
import { readNeighbour } from './attacks/neighbours/read.ts';
import { readSecrets } from './attacks/neighbours/secrets.ts';
import { writeNeighbour } from './attacks/neighbours/write.ts';
import { addedCapabilities } from './attacks/pods/capabilities.ts';
import { privilegeEscalation } from './attacks/pods/escalation.ts';
import { hostIpc } from './attacks/pods/host-ipc.ts';
import { hostNetwork } from './attacks/pods/host-network.ts';
import { hostPath } from './attacks/pods/host-path.ts';
import { hostPid } from './attacks/pods/host-pid.ts';
import { priorityClass } from './attacks/pods/priority.ts';
import { privilegedPod } from './attacks/pods/privileged.ts';
import { pullPolicy } from './attacks/pods/pull-policy.ts';
import { foreignRegistry } from './attacks/pods/registry.ts';
import { rootUser } from './attacks/pods/root.ts';
import { runtimeClass } from './attacks/pods/runtime.ts';
import { externalIps } from './attacks/services/external-ips.ts';
import { externalName } from './attacks/services/external-name.ts';
import { loadBalancer } from './attacks/services/load-balancer.ts';
import { nodePort } from './attacks/services/node-port.ts';
import { ingressClass } from './attacks/ingresses/class.ts';
import { foreignHost } from './attacks/ingresses/host.ts';
import { storageClass } from './attacks/volumes/class.ts';
import { existingVolume } from './attacks/volumes/existing.ts';
import { editQuota } from './attacks/quotas/edit.ts';
import { exceedQuota } from './attacks/quotas/exceed.ts';
import { passCordon } from './attacks/cordon/cordoned.ts';
import { kustomizeElsewhere } from './attacks/gitops/elsewhere.ts';
import { foreignSource } from './attacks/gitops/foreign-source.ts';
import { grantLabel } from './attacks/gitops/grant-label.ts';
import { kubeconfigExec } from './attacks/gitops/kubeconfig-exec.ts';
import { deployWithoutAccount } from './attacks/gitops/no-account.ts';
import { createAccount } from './attacks/gitops/own-account.ts';
import { namePrivilegedAccount } from './attacks/gitops/privileged-account.ts';
import { remoteBase } from './attacks/gitops/remote-base.ts';
import { deployElsewhere } from './attacks/gitops/target-namespace.ts';
import { replicateElsewhere } from './attacks/replications/elsewhere.ts';
import { beSomebodyElse } from './attacks/proxy/identity.ts';
import { listThroughProxy } from './attacks/proxy/list.ts';
import { readThroughProxy } from './attacks/proxy/read.ts';

/** Every attack, in the order in which they are tried. */
export const attacks: readonly Attack[] = [
  adoptNamespace,
  labelNeighbour,
  leaveTenant,
  namespaceOfNobody,
  relaxPodSecurity,
  passNamespaceQuota,
  squatInTenant,
  takeSystemNamespace,
  takeOverNamespace,
  editConfiguration,
  editTenant,
  editManagedObjects,
  editRulesInForce,
  bindElsewhere,
  takeCertificates,
  becomeClusterAdmin,
  escalate,
  impersonate,
  takeTokens,
  readCluster,
  readSystem,
  weakenPolicies,
  writeCluster,
  readNeighbour,
  readSecrets,
  writeNeighbour,
  addedCapabilities,
  privilegeEscalation,
  hostIpc,
  hostNetwork,
  hostPath,
  hostPid,
  priorityClass,
  privilegedPod,
  pullPolicy,
  foreignRegistry,
  rootUser,
  runtimeClass,
  externalIps,
  externalName,
  loadBalancer,
  nodePort,
  ingressClass,
  foreignHost,
  storageClass,
  existingVolume,
  editQuota,
  exceedQuota,
  passCordon,
  kustomizeElsewhere,
  foreignSource,
  grantLabel,
  kubeconfigExec,
  deployWithoutAccount,
  createAccount,
  namePrivilegedAccount,
  remoteBase,
  deployElsewhere,
  replicateElsewhere,
  beSomebodyElse,
  listThroughProxy,
  readThroughProxy,
];

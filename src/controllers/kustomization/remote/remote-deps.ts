import type { ManagedObjects } from '../../../runtime/managed/managed-objects.ts';
import type { AccessRules } from '../../shared/remote/cluster-access.ts';
import type { ClusterTokens } from '../../shared/remote/cluster-tokens.ts';
import type { ProxyShortcut } from '../../shared/remote/proxy-shortcut.ts';
import type { RemoteClusters } from '../../shared/remote/remote-clusters.ts';
import type { Marks } from '../apply/marks.ts';

/** What all Kustomizations with `spec.kubeConfig` share. */
export interface RemoteDeps {
  clusters: RemoteClusters;
  tokens: ClusterTokens;
  rules: AccessRules;
  /** Past the tenant proxy, where the way leads to it. */
  shortcut?: ProxyShortcut | undefined;
  /** Of all remote clusters: none is watched, so there is nothing to tell apart. */
  objects: ManagedObjects<Marks>;
}

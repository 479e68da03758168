import type { ObjectKey } from '../../kube/object.ts';

/** A ServiceAccount that deploys the tenants it owns. */
export type Account = Required<ObjectKey>;

/** Names of what an account gets: those of capsule-addon-fluxcd, which manifests refer to. */
export const kubeconfigName = ({ name }: Account) => `${name}-kubeconfig`;
export const tokenName = ({ name }: Account) => `${name}-token`;
export const impersonatorName = ({ namespace, name }: Account) =>
  `${namespace}-${name}-impersonator`;
export const distributionName = (tenant: string, { name }: Account) =>
  `${tenant}-${name}-kubeconfig`;

/** Key of the kubeconfig in its Secret. */
export const kubeconfigKey = 'kubeconfig';

import type { KubeObject } from '../../../src/kube/object.ts';
import { account, evil, mine, powerful } from './repositories.ts';

/** What a hostile tenant tries by a Kustomization of its own, and how its condition answers. */
export interface Threat {
  name: string;
  /** What it does: `names no identity`. */
  claim: string;
  spec: Record<string, unknown>;
  reason: string;
  message: RegExp;
}

const proxied = { kubeConfig: { secretRef: { name: `${account}-kubeconfig`, key: 'kubeconfig' } } };
const failed = 'ReconciliationFailed';

/** The threats that the guide names, and those of its example repository. */
export const threats: readonly Threat[] = [
  {
    name: 'no-identity',
    claim: 'names no identity: the default account acts, which may not',
    spec: { path: './escalate' },
    reason: failed,
    message: /may not .* clusterrolebindings/,
  },
  {
    name: 'cluster-admin',
    claim: 'binds itself to cluster-admin, through the proxy',
    spec: { path: './escalate', ...proxied },
    reason: failed,
    message: /clusterrolebindings/,
  },
  {
    name: 'privileged-account',
    claim: 'names a privileged account',
    spec: { path: './escalate', serviceAccountName: 'kustomize-controller' },
    reason: failed,
    message: /'evil-corp\/kustomize-controller' not found/,
  },
  {
    name: 'own-account',
    claim: 'creates an account and gives it rights elsewhere',
    spec: { path: './account', ...proxied },
    reason: failed,
    message: /rolebindings/,
  },
  {
    name: 'created-account',
    claim: 'names an account that it has created',
    spec: { path: './escalate', serviceAccountName: powerful },
    reason: failed,
    message: /may not .* clusterrolebindings/,
  },
  {
    name: 'created-account-by-proxy',
    claim: 'names an account that it has created, through the proxy',
    spec: { path: './escalate', serviceAccountName: powerful, ...proxied },
    reason: failed,
    message: /powerful/,
  },
  {
    name: 'program',
    claim: 'has a kubeconfig run a program',
    spec: { path: './config', kubeConfig: { secretRef: { name: 'program' } } },
    reason: failed,
    message: /is refused: it runs a program/,
  },
  {
    name: 'unverified',
    claim: 'has a kubeconfig lead to a server of its own, which is not verified',
    spec: { path: './config', kubeConfig: { secretRef: { name: 'unverified' } } },
    reason: failed,
    message: /is refused: it does not verify the server/,
  },
  {
    name: 'flux-system',
    claim: 'takes over flux-system',
    spec: { path: './system', ...proxied },
    reason: failed,
    message: /Namespace\/flux-system can neither be created nor found/,
  },
  {
    name: 'neighbour',
    claim: "takes over the neighbour's namespace",
    spec: { path: './neighbour', ...proxied },
    reason: failed,
    message: /Namespace\/my-tenant-dev/,
  },
  {
    name: 'workload',
    claim: "deploys into the neighbour's namespace",
    spec: { path: './workload', ...proxied },
    reason: failed,
    message: /configmaps/,
  },
  {
    name: 'source',
    claim: "uses the neighbour's source",
    spec: { path: './config', sourceRef: { kind: 'GitRepository', name: mine, namespace: mine } },
    reason: 'AccessDenied',
    message: /./,
  },
  {
    name: 'no-source',
    claim: 'uses a source of the neighbour that does not exist',
    spec: { path: './config', sourceRef: { kind: 'GitRepository', name: 'none', namespace: mine } },
    reason: 'AccessDenied',
    message: /./,
  },
  {
    name: 'remote-base',
    claim: 'builds on a remote base',
    spec: { path: './remote' },
    reason: 'BuildFailed',
    message: /remote bases are not allowed/,
  },
];

/** The Kustomization that a threat is carried out by. */
export const threatening = ({ name, spec }: Threat): KubeObject => ({
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: `threat-${name}`, namespace: evil },
  spec: {
    interval: '10m',
    // It makes nothing, and may not look whether it did: there is nothing to clean up when it goes.
    prune: false,
    sourceRef: { kind: 'GitRepository', name: evil },
    ...spec,
  },
});

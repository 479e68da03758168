import { securityProfiles } from '../../access/security-profile.ts';
import type { ManagerOption } from './manager-option.ts';

/** Flags about whose identity acts, and what tenants may refer to. */
export const securityOptions: readonly ManagerOption[] = [
  {
    flag: '--security-profile <name>',
    description: 'lockdown of the control plane',
    choices: securityProfiles,
    default: 'multi-tenant',
    differs: 'own',
  },
  {
    flag: '--no-cross-namespace-refs [bool]',
    description: 'refuse every reference to another namespace, even a granted one',
  },
  {
    flag: '--no-remote-bases [bool]',
    description: 'refuse kustomizations that load from outside their source',
    differs: 'on in the multi-tenant profile',
  },
  {
    flag: '--default-service-account <name>',
    description: 'account of objects that name none',
    differs: '`default` in the multi-tenant profile; not impersonated on remote clusters',
  },
  {
    flag: '--default-kubeconfig-service-account <name>',
    description: 'account whose token opens a remote cluster whose ConfigMap names none',
    differs: 'the account the object acts as, if not given',
  },
  {
    flag: '--insecure-kubeconfig-exec [bool]',
    description: 'kubeconfigs of tenants may run programs of this container',
  },
  {
    flag: '--insecure-kubeconfig-tls [bool]',
    description: 'kubeconfigs of tenants may leave their server unverified, or verify another name',
    differs: 'tls-server-name needs it, in the multi-tenant profile',
  },
  {
    flag: '--allow-kubeconfig-proxy [bool]',
    description: 'kubeconfigs of tenants may name a proxy; on in the single-tenant profile',
    differs: 'own',
  },
  {
    flag: '--allow-loopback-clusters [bool]',
    description:
      'kubeconfigs may point to this machine, its link and metadata services; on in the single-tenant profile',
    differs: 'own',
  },
  {
    flag: '--sops-age-secret <name>',
    description: 'Secret beside the manager whose age keys decrypt for those who name no Secret',
    default: '',
  },
  {
    flag: '--sops-vault-configmap <name>',
    description: 'ConfigMap beside the manager with the Vaults that ServiceAccounts log in to',
    default: '',
    differs: "never as the manager's own account",
  },
  {
    flag: '--default-decryption-service-account <name>',
    description: 'account that logs in to Vault where spec.decryption names none',
    differs: 'the account that applies, if there is no such flag',
  },
  {
    flag: '--enable-source-acl [bool]',
    description: "other namespaces need a grant in a source's spec.accessFrom",
    differs: 'on in the multi-tenant profile; upstream it exists as a proposal only',
  },
];

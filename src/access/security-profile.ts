import type { KubeconfigRisk } from '../kube/kubeconfig-policy.ts';

/** What `--security-profile` may say; `multi-tenant` is the default. */
export const securityProfiles = ['multi-tenant', 'single-tenant'] as const;
export type SecurityProfile = (typeof securityProfiles)[number];

/** The lockdown of one process: every access decision takes it as an argument, nothing reads a global. */
export interface AccessPolicy {
  readonly profile: SecurityProfile;
  /** `--no-cross-namespace-refs`: refuses every cross-namespace reference, even a granted one. */
  readonly noCrossNamespaceRefs: boolean;
  /** `--no-remote-bases`: a kustomization may not load anything from outside its artifact. */
  readonly noRemoteBases: boolean;
  /** `--enable-source-acl`: other namespaces need a grant in the source's `spec.accessFrom`. */
  readonly enableSourceAcl: boolean;
  /**
   * `--default-service-account`: whom an object acts as that names no ServiceAccount. Undefined,
   * in the single-tenant profile only: as the control plane itself.
   */
  readonly defaultServiceAccount: string | undefined;
  /** What a tenant's kubeconfig may do that could harm others. */
  readonly kubeconfigRisks: readonly KubeconfigRisk[];
  /**
   * `--default-kubeconfig-service-account`: whose token opens a cluster that a ConfigMap describes
   * without naming one. Undefined: that of the account the object acts as.
   */
  readonly defaultKubeconfigAccount: string | undefined;
}

/** The flags as given; `undefined` is a flag that was not given. */
export interface SecurityFlags {
  securityProfile?: string | undefined;
  noCrossNamespaceRefs?: boolean | undefined;
  noRemoteBases?: boolean | undefined;
  enableSourceAcl?: boolean | undefined;
  defaultServiceAccount?: string | undefined;
  defaultKubeconfigServiceAccount?: string | undefined;
  insecureKubeconfigExec?: boolean | undefined;
  insecureKubeconfigTls?: boolean | undefined;
  allowKubeconfigProxy?: boolean | undefined;
  allowLoopbackClusters?: boolean | undefined;
}

/** Which flag accepts which risks of a kubeconfig. Files, impersonation and auth providers never. */
const riskFlags = {
  insecureKubeconfigExec: ['exec'],
  insecureKubeconfigTls: ['insecure-tls', 'tls-server-name'],
  allowKubeconfigProxy: ['proxy-url'],
  allowLoopbackClusters: ['local-server'],
} as const satisfies { [Flag in keyof SecurityFlags]?: readonly KubeconfigRisk[] };
const riskNames = Object.keys(riskFlags) as (keyof typeof riskFlags)[];

/** Flags that contradict each other; the message says which to change. */
export class SecurityFlagError extends Error {
  override name = 'SecurityFlagError';
}

const profiles: Record<SecurityProfile, AccessPolicy> = {
  'multi-tenant': {
    profile: 'multi-tenant',
    noCrossNamespaceRefs: false,
    noRemoteBases: true,
    enableSourceAcl: true,
    defaultServiceAccount: 'default',
    defaultKubeconfigAccount: undefined,
    kubeconfigRisks: [],
  },
  'single-tenant': {
    profile: 'single-tenant',
    noCrossNamespaceRefs: false,
    noRemoteBases: false,
    enableSourceAcl: false,
    defaultServiceAccount: undefined,
    defaultKubeconfigAccount: undefined,
    // As upstream: everybody is trusted not to send it anywhere.
    kubeconfigRisks: ['tls-server-name', 'proxy-url', 'local-server'],
  },
};

/**
 * The policy of a profile with single flags overriding it. Throws {@link SecurityFlagError} for an
 * unknown profile, and for flags that would let tenants act as the control plane while the
 * profile says multi-tenant.
 */
export function accessPolicyFor(flags: SecurityFlags = {}): AccessPolicy {
  const named = profiles[profileOf(flags.securityProfile)];
  const account = flags.defaultServiceAccount ?? named.defaultServiceAccount;
  if (account === '' && named.profile === 'multi-tenant') {
    throw new SecurityFlagError(
      '--default-service-account may not be empty with --security-profile=multi-tenant: ' +
        'objects that name no ServiceAccount would act as the control plane',
    );
  }
  return Object.freeze({
    profile: named.profile,
    noCrossNamespaceRefs: flags.noCrossNamespaceRefs ?? named.noCrossNamespaceRefs,
    noRemoteBases: flags.noRemoteBases ?? named.noRemoteBases,
    enableSourceAcl: flags.enableSourceAcl ?? named.enableSourceAcl,
    defaultServiceAccount: account === '' ? undefined : account,
    defaultKubeconfigAccount: flags.defaultKubeconfigServiceAccount || undefined,
    kubeconfigRisks: kubeconfigRisksOf(flags, named.kubeconfigRisks),
  });
}

function kubeconfigRisksOf(
  flags: SecurityFlags,
  accepted: readonly KubeconfigRisk[],
): readonly KubeconfigRisk[] {
  const risks = riskNames.flatMap((flag): KubeconfigRisk[] =>
    riskFlags[flag].filter((risk) => flags[flag] ?? accepted.includes(risk)),
  );
  return Object.freeze(risks);
}

function profileOf(text: string = 'multi-tenant'): SecurityProfile {
  const profile = securityProfiles.find((name) => name === text);
  if (profile === undefined) {
    throw new SecurityFlagError(
      `--security-profile must be one of ${securityProfiles.join(', ')}, not '${text}'`,
    );
  }
  return profile;
}

/**
 * What an administrator opened relative to the multi-tenant profile, one line per choice: written
 * to the log at start, so that every unlocked door is on record. Empty when locked.
 */
export function openedBy(policy: AccessPolicy): string[] {
  const opened = [
    !policy.enableSourceAcl &&
      !policy.noCrossNamespaceRefs &&
      '--enable-source-acl=false: every namespace may use the sources of every other',
    !policy.noRemoteBases &&
      '--no-remote-bases=false: kustomizations may load bases that no source of theirs holds',
    policy.defaultServiceAccount === undefined &&
      '--default-service-account="": objects that name no ServiceAccount act as the control plane',
    opensRisk(policy, 'exec') &&
      '--insecure-kubeconfig-exec: kubeconfigs of tenants may run programs of this container',
    opensRisk(policy, 'insecure-tls') &&
      '--insecure-kubeconfig-tls: kubeconfigs of tenants may leave their server unverified',
    opensRisk(policy, 'proxy-url') &&
      '--allow-kubeconfig-proxy: kubeconfigs of tenants may name a proxy',
    opensRisk(policy, 'local-server') &&
      '--allow-loopback-clusters: kubeconfigs of tenants may point to this machine, its link and metadata services',
  ];
  return opened.filter((line) => line !== false);
}

function opensRisk({ kubeconfigRisks }: AccessPolicy, risk: KubeconfigRisk): boolean {
  return kubeconfigRisks.includes(risk);
}

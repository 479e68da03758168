import { auditExtraKeys } from '../../../access/identity.ts';
import { serviceAccountUser } from '../../../access/service-account-user.ts';
import { Reason } from '../../../api/reasons.ts';
import { ReconcileError, retryable } from '../../../base/errors.ts';
import { KubeApiError, KubeTransportError } from '../../../kube/api-error.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { serviceAccountIdentity } from '../../../kube/identity.ts';
import { formatKey } from '../../../kube/object.ts';
import { besideProxy } from '../../shared/remote/beside-proxy.ts';
import type { ClusterAccess } from '../../shared/remote/cluster-access.ts';
import { explainUnreachable } from '../../shared/remote/explain-unreachable.ts';
import { accessFromConfigMap } from '../../shared/remote/generic-access.ts';
import { impatientClient } from '../../shared/remote/impatient-client.ts';
import { refusedCredentials } from '../../shared/remote/refused-credentials.ts';
import { accessFromSecret, readClusterConfigMap } from '../../shared/remote/read-access.ts';
import type { BorrowedCluster } from '../../shared/remote/remote-clusters.ts';
import { tellReadFailure } from '../ending/tell-failure.ts';
import type { Target } from '../target.ts';
import { retryMs } from '../timing.ts';
import type { Preparation } from '../work.ts';

/** Flux's own time-out of requests to remote clusters. */
const requestMs = 30_000;
/** A cluster that did not answer is tried again at the latest after this long. */
const passingMs = 10_000;

/**
 * The cluster that `spec.kubeConfig` leads to: as the ServiceAccount the spec names, impersonated
 * there, or else as whoever the kubeconfig says. The default account of our own lockdown is not
 * impersonated: there is nothing of ours there that it would keep from the tenant.
 */
export async function remoteTarget(prepared: Preparation): Promise<Target> {
  const { me, spec, deps, run } = prepared;
  const access = await readAccess(prepared);
  for (const secret of access.secrets) prepared.secrets.add(secret);
  const borrowed = deps.remotes.clusters.borrow(access);
  try {
    const { serviceAccountName } = spec;
    const account = serviceAccountName
      ? { namespace: me.namespace, name: serviceAccountName }
      : undefined;
    const bounds = { clock: run.clock, timeoutMs: requestMs };
    const proxied = clientOf(borrowed, account);
    const direct = await shortcutOf(access, account, prepared);
    const way = direct ? besideProxy(proxied, direct) : proxied;
    const client = telling(impatientClient(way, bounds), prepared);
    // Says at once, and for all that follows, whether anybody is there who lets us in.
    await client.discovery.resourceFor('v1', 'Namespace', { signal: run.signal });
    return {
      client,
      user: account ? formatUser(account) : 'the user of the kubeconfig',
      account,
      isDefault: false,
      managed: deps.remotes.objects,
      cluster: access.cluster,
      name: nameOf(prepared),
      [Symbol.dispose]: () => borrowed[Symbol.dispose](),
    };
  } catch (error) {
    borrowed[Symbol.dispose]();
    throw error;
  }
}

type Account = Target['account'];

function shortcutOf(access: ClusterAccess, account: Account, { me, deps }: Preparation) {
  const extra = { [auditExtraKeys.object]: [`Kustomization/${formatKey(me)}`] };
  return deps.remotes.shortcut?.beside(access.config, { account, extra });
}

function clientOf({ client }: BorrowedCluster, account: Account): KubeClient {
  // Without what our own audit trail carries: to impersonate with it takes rights that are not asked for.
  return account ? client.as(serviceAccountIdentity(account.namespace, account.name)) : client;
}

const formatUser = ({ namespace, name }: NonNullable<Account>) =>
  serviceAccountUser(namespace, name);

/** Read as the tenant, in the Kustomization's own namespace and nowhere else. */
async function readAccess(prepared: Preparation): Promise<ClusterAccess> {
  const { me, actor, deps, run, spec } = prepared;
  const { rules, tokens } = deps.remotes;
  const { secretRef, configMapRef } = spec.kubeConfig ?? {};
  const kind = secretRef ? 'Secret' : 'ConfigMap';
  const key = { namespace: me.namespace, name: (secretRef ?? configMapRef)?.name ?? '' };
  const { client, user } = actor;
  try {
    if (secretRef) {
      return await accessFromSecret({ key, field: secretRef.key }, client, rules, run.signal);
    }
    const data = await readClusterConfigMap(key, client, run.signal);
    const defaultAccount = deps.policy.defaultKubeconfigAccount ?? actor.account?.name;
    return await accessFromConfigMap(key, data, { client, user, defaultAccount, tokens, rules });
  } catch (error) {
    throw await tellReadFailure(error, { group: '', version: 'v1', kind, ...key }, prepared);
  }
}

/** How messages call the cluster: by what leads there, which its tenant knows. */
function nameOf({ me, spec }: Preparation): string {
  const { secretRef, configMapRef } = spec.kubeConfig ?? {};
  const [kind, name] = secretRef ? ['Secret', secretRef.name] : ['ConfigMap', configMapRef?.name];
  return `the cluster of ${kind} '${formatKey({ namespace: me.namespace, name: name ?? '' })}'`;
}

/** The client, whose discovery fails in words for the status: who looks a kind up tells nothing. */
function telling(client: KubeClient, prepared: Preparation): KubeClient {
  const { discovery } = client;
  return {
    ...client,
    discovery: {
      ...discovery,
      async resourceFor(...args) {
        try {
          return await discovery.resourceFor(...args);
        } catch (error) {
          throw told(error, prepared);
        }
      },
    },
  };
}

function told(error: unknown, prepared: Preparation): unknown {
  const { run, spec } = prepared;
  if (error instanceof ReconcileError || run.signal.aborted) return error;
  const why = whyOf(error);
  if (why === undefined) return error;
  const afterMs = Math.min(retryMs(spec), passingMs);
  return retryable(Reason.ReconciliationFailed, `${nameOf(prepared)} ${why}`, { afterMs });
}

function whyOf(error: unknown): string | undefined {
  if (error instanceof KubeTransportError) {
    return `does not answer${explainUnreachable(error)}: will be tried again`;
  }
  if (!(error instanceof KubeApiError)) return undefined;
  if (error.code === 401) return refusedCredentials;
  if (error.code === 403)
    return 'does not let its user see what kinds there are: bind system:discovery';
  const kind = error.isStatus ? error.reason : 'and not as an API server does';
  return `answered ${error.code} ${kind}`;
}

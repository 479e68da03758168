import type { Clock } from '../../base/clock.ts';
import type { KubeClient } from '../../kube/client.ts';
import { formatKubeconfig } from '../../kube/format-kubeconfig.ts';
import { secretType } from '../../kube/core-resources.ts';
import { keyOf, type KubeObject } from '../../kube/object.ts';
import { readTokenClaims } from '../../kube/token-claims.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { secretValues } from '../shared/secret.ts';
import { requestBoundToken } from '../../kube/service-account-token.ts';
import { decideKubeconfig, type ProxyEndpoint } from './decide-kubeconfig.ts';
import { kubeconfigKey, type Account } from './names.ts';

export interface KubeconfigDeps {
  client: KubeClient;
  clock: Clock;
  equipment: Caches;
  fieldManager: string;
  endpoint(): ProxyEndpoint;
  lifeMs: number;
}

/** Whose kubeconfig it is. */
export interface Holder {
  account: Account;
  accountUid: string;
  /** The Secret as it is. */
  secret: KubeObject;
  /** The token of a token Secret, for those who asked for such; it is never renewed. */
  fixedToken?: string | undefined;
}

/** A difference of clocks below this is none: tokens say full seconds. */
const sameClockMs = 30_000;

/**
 * Makes a function that keeps a kubeconfig good, with requests only when it is not. Its token is bound
 * to the Secret: whoever deletes the Secret ends the token. Answers with the milliseconds after which
 * to look again.
 */
export function keepKubeconfig(deps: KubeconfigDeps) {
  const { client, clock, equipment, fieldManager, endpoint, lifeMs } = deps;
  // How far the API server's clock is ahead of ours, as the last token said.
  let aheadMs = 0;

  async function write(secret: KubeObject, kubeconfig: string, signal: AbortSignal) {
    const { uid, resourceVersion } = secret.metadata;
    const data = { [kubeconfigKey]: Buffer.from(kubeconfig).toString('base64') };
    const body = {
      metadata: { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) },
      data,
    };
    const patch = { type: 'merge', body } as const;
    const written = await client.patch(secretType, keyOf(secret), patch, { fieldManager, signal });
    equipment.for(secretType).observe(written);
  }

  async function mint({ account, secret }: Holder, signal: AbortSignal): Promise<string> {
    const { name, uid = '' } = secret.metadata;
    const askedAt = clock.now();
    const { token } = await requestBoundToken(
      client,
      account,
      { audiences: [], lifeSeconds: Math.ceil(lifeMs / 1000), secret: { name, uid } },
      signal,
    );
    const issuedMs = readTokenClaims(token)?.issuedMs ?? askedAt;
    aheadMs = Math.abs(issuedMs - askedAt) < sameClockMs ? 0 : issuedMs - askedAt;
    return token;
  }

  return async (holder: Holder, signal: AbortSignal): Promise<number | undefined> => {
    const { secret, accountUid, fixedToken } = holder;
    const kubeconfig = secretValues(secret).text(kubeconfigKey);
    if (fixedToken !== undefined) {
      const wanted = formatKubeconfig({ ...endpoint(), token: fixedToken });
      if (wanted !== kubeconfig) await write(secret, wanted, signal);
      return undefined;
    }
    const decide = (text: string | undefined) =>
      decideKubeconfig({
        kubeconfig: text,
        secretUid: secret.metadata.uid ?? '',
        accountUid,
        endpoint: endpoint(),
        lifeMs,
        nowMs: clock.now() + aheadMs,
      });
    const decision = decide(kubeconfig);
    if (decision.do === 'leave') return decision.againMs;
    const wanted =
      decision.do === 'rewrite'
        ? decision.kubeconfig
        : formatKubeconfig({ ...endpoint(), token: await mint(holder, signal) });
    await write(secret, wanted, signal);
    const next = decide(wanted);
    return next.do === 'leave' ? next.againMs : undefined;
  };
}

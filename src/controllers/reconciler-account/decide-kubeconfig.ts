import { createHash } from 'node:crypto';
import { formatKubeconfig } from '../../kube/format-kubeconfig.ts';
import { parseKubeconfig, selectContext } from '../../kube/kubeconfig-document.ts';
import { readTokenClaims } from '../../kube/token-claims.ts';

/** Where kubeconfigs lead: the tenant proxy. */
export interface ProxyEndpoint {
  server: string;
  /** PEM. */
  ca: string;
}

export interface KubeconfigFacts {
  /** The kubeconfig that is there, and the Secret it is in. */
  kubeconfig: string | undefined;
  secretUid: string;
  accountUid: string;
  endpoint: ProxyEndpoint;
  /** How long tokens are to live. */
  lifeMs: number;
  /** By the clock of the API server. */
  nowMs: number;
}

/** What becomes of a kubeconfig. */
export type KubeconfigDecision =
  | { do: 'leave'; againMs: number }
  /** Its token is good, the rest is not what it should be. */
  | { do: 'rewrite'; kubeconfig: string }
  | { do: 'mint' };

/** A token is renewed when this share of its life is over: the rest is there for what goes wrong. */
const [earliest, latest] = [0.4, 0.6];
/** What a token may live longer than wished: API servers round. */
const slackMs = 60_000;

/**
 * Whether a kubeconfig is what it should be. Everything is read off the kubeconfig itself, so that
 * whoever looks, after whatever was lost, decides the same.
 */
export function decideKubeconfig(facts: KubeconfigFacts): KubeconfigDecision {
  const { kubeconfig, endpoint, nowMs } = facts;
  const token = kubeconfig === undefined ? undefined : tokenIn(kubeconfig);
  const renewMs = token === undefined ? undefined : renewalOf(token, facts);
  if (token === undefined || renewMs === undefined || renewMs <= nowMs) return { do: 'mint' };
  const wanted = formatKubeconfig({ ...endpoint, token });
  if (wanted !== kubeconfig) return { do: 'rewrite', kubeconfig: wanted };
  return { do: 'leave', againMs: renewMs - nowMs };
}

/** When a token is to be renewed; undefined for one that is not ours to go on with. */
function renewalOf(
  token: string,
  { secretUid, accountUid, lifeMs }: KubeconfigFacts,
): number | undefined {
  const claims = readTokenClaims(token);
  if (claims?.issuedMs === undefined) return undefined;
  const { issuedMs, expiresMs } = claims;
  const isOurs = claims.secretUid === secretUid && claims.accountUid === accountUid;
  if (!isOurs || expiresMs - issuedMs > lifeMs + slackMs) return undefined;
  const share = earliest + (latest - earliest) * spread(`${secretUid} ${issuedMs}`);
  return issuedMs + (expiresMs - issuedMs) * share;
}

/** A number in [0, 1) that the text decides: tokens that were made together are not renewed together. */
function spread(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}

function tokenIn(kubeconfig: string): string | undefined {
  try {
    return selectContext(parseKubeconfig(kubeconfig)).user.token;
  } catch {
    return undefined;
  }
}

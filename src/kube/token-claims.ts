import { isRecord } from '../base/json.ts';

/**
 * What a ServiceAccount's token says of itself: claims of a JSON Web Token as kube-apiserver issues
 * them (KEP-1205). Nobody has verified them: good for deciding when to renew one's own token, and for
 * sparing the API server what cannot be valid.
 */
export interface TokenClaims {
  expiresMs: number;
  /** Absent in tokens of other issuers. */
  issuedMs?: number;
  audiences: unknown[];
  /** UIDs of the ServiceAccount, and of the Secret that the token ends with. */
  accountUid?: string;
  secretUid?: string;
}

/** Three base64url parts, of the length ServiceAccount tokens have. */
const jwtPattern = /^[A-Za-z0-9_-]{2,2048}\.[A-Za-z0-9_-]{2,8192}\.[A-Za-z0-9_-]{2,2048}$/;

/** Reads a token; undefined for what is none, or never expires. */
export function readTokenClaims(token: string): TokenClaims | undefined {
  if (!jwtPattern.test(token)) return undefined;
  const [, payload = ''] = token.split('.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    if (!isRecord(claims) || typeof claims['exp'] !== 'number') return undefined;
    const { exp, iat, aud } = claims as { exp: number; iat?: unknown; aud?: unknown };
    const bound = claims['kubernetes.io'];
    const accountUid = uidIn(bound, 'serviceaccount');
    const secretUid = uidIn(bound, 'secret');
    return {
      expiresMs: exp * 1000,
      ...(typeof iat === 'number' && { issuedMs: iat * 1000 }),
      audiences: Array.isArray(aud) ? aud : [aud],
      ...(accountUid !== undefined && { accountUid }),
      ...(secretUid !== undefined && { secretUid }),
    };
  } catch {
    return undefined;
  }
}

function uidIn(bound: unknown, to: string): string | undefined {
  const reference = isRecord(bound) ? bound[to] : undefined;
  const uid = isRecord(reference) ? reference['uid'] : undefined;
  return typeof uid === 'string' ? uid : undefined;
}

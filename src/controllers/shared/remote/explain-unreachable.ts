import { LocalAddressError } from '../../../kube/transport.ts';

/** What a tenant can do about a TLS failure, by the codes of OpenSSL and Node.js. */
const untrusted = /CERT|SIGNATURE|ALTNAME|ISSUER/;

/** Why a server gave no answer, as far as that helps whoever named it; empty when there is no more to say. */
export function explainUnreachable(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof LocalAddressError) return `: ${cause.message}, which is refused`;
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ': its name does not resolve';
    if (untrusted.test(code)) {
      return `: its certificate is not trusted (${code}): check the certificate authority`;
    }
  }
  return '';
}

import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import { TLSSocket } from 'node:tls';
import { isInBlocks } from '../../base/address-blocks.ts';
import { TokenReviewError, type TokenReviews } from '../../kube/token-reviews.ts';
import type { Readiness } from '../forward/readiness.ts';
import { forbidden, unavailable } from '../refusal.ts';
import { bearerTokenOf } from './bearer-token.ts';
import type { Caller } from './caller.ts';
import { certificateCaller } from './certificate-caller.ts';
import { forwardedCertificate } from './forwarded-certificate.ts';

/** Ways to say who one is: values of `--auth-preferred-types`, first come first served. */
export const authTypes = ['TLSCertificate', 'BearerToken', 'XForwardedClientCert'] as const;
export type AuthType = (typeof authTypes)[number];

export interface AuthenticationOptions {
  /** In the order in which they are looked for; the first that a request has decides. */
  types: readonly AuthType[];
  tokens: TokenReviews;
  /** Header of forwarded certificates, in small letters, and who may send it. */
  forwarded: { header: string; trusted: BlockList };
  authorities: { certificates(): readonly X509Certificate[] };
  /** Asked before a token is refused. */
  readiness: Pick<Readiness, 'assertReady'>;
  now(): number;
}

/** Whose request it is. Rejects with a {@link Refusal}. */
export type Authenticate = (request: IncomingMessage) => Promise<Caller>;

/**
 * A credential that is there and not good is a refusal, even if another one would be good: what a
 * client is cannot depend on which of two it got wrong.
 */
export function createAuthenticate(options: AuthenticationOptions): Authenticate {
  const { types, tokens, authorities, forwarded, readiness, now } = options;
  // Remembered by what it came from: a connection's certificate, a token's user.
  const callers = new WeakMap<object, Caller>();

  const methods: Record<AuthType, (request: IncomingMessage) => Promise<Caller | undefined>> = {
    async TLSCertificate({ socket }) {
      const certificate = peerCertificate(socket);
      if (!certificate) return undefined;
      return known(certificateCaller(certificate, now()), 'the client certificate is not good');
    },
    async BearerToken(request) {
      const token = bearerTokenOf(request);
      if (token === undefined) return undefined;
      const user = await userOf(tokens, token);
      if (!user) await readiness.assertReady();
      const { username, ...rest } = known(user, 'the bearer token is not valid');
      const remembered = user && callers.get(user);
      const caller = remembered ?? { ...rest, user: username };
      if (user) callers.set(user, caller);
      return caller;
    },
    async XForwardedClientCert({ socket, headersDistinct }) {
      const values = headersDistinct[forwarded.header];
      if (!values || !isInBlocks(forwarded.trusted, socket.remoteAddress)) return undefined;
      const certificate = forwardedCertificate(values, authorities.certificates(), now());
      const caller = known(certificateCaller(certificate, now()), 'the certificate is not good');
      if (!caller.groups.includes('system:masters')) return caller;
      throw forbidden('members of system:masters cannot come by a forwarded certificate');
    },
  };

  return async (request) => {
    for (const type of types) {
      const caller = await methods[type](request);
      if (caller) return caller;
    }
    throw forbidden(
      'no credentials that this proxy takes: unauthenticated users are not supported',
    );
  };
}

/** The certificate that the client has proven to own; who is not trusted does not get this far. */
function peerCertificate(socket: IncomingMessage['socket']): X509Certificate | undefined {
  return socket instanceof TLSSocket && socket.authorized
    ? socket.getPeerX509Certificate()
    : undefined;
}

function known<T>(value: T | undefined, otherwise: string): T {
  if (value === undefined) throw forbidden(otherwise);
  return value;
}

async function userOf(tokens: TokenReviews, token: string) {
  try {
    return await tokens.userOf(token);
  } catch (error) {
    if (!(error instanceof TokenReviewError)) throw error;
    throw unavailable('the token cannot be verified at the moment', error);
  }
}

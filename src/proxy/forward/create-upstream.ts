import { Readable } from 'node:stream';
import type { ClusterConfig } from '../../kube/cluster-config.ts';
import { isAbort } from '../../base/errors.ts';
import { badRequest, unavailable } from '../refusal.ts';
import { assertOwnRights } from './own-rights.ts';
import { openConnections } from './connections.ts';
import { passAnswer } from './pass-answer.ts';
import { passSwitched } from './pass-switched.ts';
import { readWhole } from './read-whole.ts';
import type { Readiness } from './readiness.ts';
import type { HeaderRules } from './request-headers.ts';
import { StaleConnectionError } from './stale-connection.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';
import { createHeadersFor, type SentHead } from './upstream-headers.ts';
import type { Exchange, Sent, Upstream } from './upstream.ts';

type SentRequest = SentHead & Pick<Sent, 'target'>;

export interface UpstreamOptions extends HeaderRules {
  /** How the API server is reached, and the proxy's own credential. */
  cluster: ClusterConfig;
  /** Aborts when the proxy ends: watches end well, for others there is some time. */
  draining: AbortSignal;
  readiness: Pick<Readiness, 'assertReady' | 'doubt'>;
}

/** An upstream, and the end of its connections. */
export interface ClosableUpstream extends Upstream {
  close(): void;
}

/** The API server gives its own requests 60 s. */
const answerTimeoutMs = 75_000;

/** The way to the API server, over connections that are kept open. */
export function createUpstream(options: UpstreamOptions): ClosableUpstream {
  const { cluster, draining, readiness, ...rules } = options;
  const connections = openConnections(cluster);
  const headersFor = createHeadersFor({ ...rules, host: connections.host });
  const { credentials } = cluster;

  async function attempt(
    exchange: Exchange,
    sent: SentRequest,
  ): Promise<UpstreamAnswer | 'refused'> {
    const { request, signal } = exchange;
    const credential = await credentials.current(signal);
    const answer = await connections.send(credential, {
      method: request.method ?? '',
      target: sent.target ?? request.url ?? '',
      headers: headersFor(exchange, sent, credential),
      body: sent.body ? Readable.from([sent.body]) : bodyOf(exchange),
      signal,
      timeoutMs: isLong(exchange) ? undefined : answerTimeoutMs,
      mayShare: isPlainWatch(exchange),
    });
    if (answer.status !== 401 || isRelayed(exchange)) return answer;
    // It is our credential that was refused: the caller's was found good before.
    credentials.reject?.(credential);
    answer.discard();
    return 'refused';
  }

  /** Once more when nothing can have become of it, and nothing of the body is gone. */
  async function send(exchange: Exchange, sent: SentRequest): Promise<UpstreamAnswer> {
    if (sent.as !== 'caller') assertOwnRights(exchange, sent.as);
    for (let isLast = bodyOf(exchange) !== undefined; ; isLast = true) {
      const answer = await attempt(exchange, sent).catch((error: unknown) => {
        if (!isLast && error instanceof StaleConnectionError) return 'stale' as const;
        if (isBroken(error)) readiness.doubt();
        throw explained(error);
      });
      if (typeof answer === 'object') return await believed(answer, exchange, readiness);
      if (isLast) throw unavailable("the API server refuses the proxy's own credential");
    }
  }

  return {
    async stream(exchange, sent) {
      const { transform } = sent;
      // Frames of another protocol would pass what is to be changed.
      if (transform && exchange.upgrading) throw badRequest('this is not served over websockets');
      const answer = await send(exchange, { ...sent, isRead: transform !== undefined });
      if (await sent.replaces?.(answer.status)) {
        answer.discard();
        return false;
      }
      if (answer.switched) await passSwitched(exchange, answer, answer.switched);
      else await passAnswer(exchange, answer, { transform, draining });
      return true;
    },
    async whole(exchange, sent) {
      const answer = await send(exchange, { ...sent, isRead: true });
      answer.switched?.socket.destroy();
      return await readWhole(answer);
    },
    close: () => connections.close(),
  };
}

/** What a server refuses that does not know all yet is no answer. */
async function believed(
  answer: UpstreamAnswer,
  exchange: Exchange,
  readiness: UpstreamOptions['readiness'],
): Promise<UpstreamAnswer> {
  if (!mayBeEarly.has(answer.status) || isRelayed(exchange)) return answer;
  try {
    await readiness.assertReady();
    return answer;
  } catch (error) {
    answer.discard();
    throw error;
  }
}

/** Undefined for a request without one, and for one to upgrade. */
function bodyOf({ request, upgrading }: Exchange): Exchange['request'] | undefined {
  const { headers } = request;
  const hasBody = 'transfer-encoding' in headers || 'content-length' in headers;
  return hasBody && !upgrading ? request : undefined;
}

const isPlainWatch = (exchange: Exchange) =>
  exchange.asked.isWatch && !exchange.upgrading && bodyOf(exchange) === undefined;

/** What may take its time to begin: logs, exec, watches, and what is not about objects. */
const isLong = ({ asked }: Exchange) =>
  asked.isWatch || asked.subresource !== undefined || !asked.isResource;

/** What a Pod, Service or Node behind the API server says of credentials is between it and the client. */
const isRelayed = ({ asked }: Exchange) => asked.subresource === 'proxy';

/** Roles and kinds that a server has not read yet. */
const mayBeEarly = new Set([403, 404]);

/** A connection that did not come about, or broke: the system's own errors have a code. */
const isBroken = (error: unknown) => !isAbort(error) && error instanceof Error && 'code' in error;

function explained(error: unknown): unknown {
  if (isAbort(error) || !(error instanceof Error) || error.name === 'Refusal') return error;
  return unavailable('the API server does not answer at the moment', error);
}

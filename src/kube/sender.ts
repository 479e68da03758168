import type { Clock } from '../base/clock.ts';
import type { KubeApiError } from './api-error.ts';
import { apiErrorOf } from './api-status.ts';
import type { ClusterConfig, Credential, CredentialSource } from './cluster-config.ts';
import type { Identity } from './identity.ts';
import { impersonationHeaders, type HeaderList } from './impersonation.ts';
import type { RequestLimiter } from './request-limiter.ts';
import type { KubeRequest } from './requests.ts';
import { discard, resend, type ResendPolicy } from './resend.ts';
import type { Answer, Exchange, StreamAnswer, Transport } from './transport.ts';

/** One HTTP request to the API server, for metrics; retries count each. */
export interface RequestRecord {
  verb: string;
  resource: string;
  subresource?: string;
  /** HTTP status; 0 when there was no answer. */
  code: number;
  /** Absent for the control plane's own requests. */
  identity?: Identity;
  /** Until the whole answer, or until a watch's headers. */
  durationMs: number;
}

export interface SenderOptions {
  cluster: ClusterConfig;
  transport: Transport;
  clock: Clock;
  userAgent: string;
  resendPolicy: ResendPolicy;
  limiter?: RequestLimiter | undefined;
  onRequest?: ((record: RequestRecord) => void) | undefined;
}

export interface CallContext {
  signal?: AbortSignal | undefined;
  idleTimeoutMs?: number | undefined;
  /** Further request headers, e.g. If-None-Match. */
  headers?: HeaderList;
}

/** Requests on their way, as one identity: credentials, retries, errors, metrics. */
export interface Sender {
  /** Resolves with a 2xx or 304 answer. */
  send(request: KubeRequest, context?: CallContext): Promise<Answer>;
  stream(request: KubeRequest, context?: CallContext): Promise<StreamAnswer>;
}

const maxErrorBytes = 64 * 1024;

/** A sender for `identity`, or for the control plane itself when it is `own`. */
export function createSender(options: SenderOptions, identity: Identity | 'own'): Sender {
  const { cluster, transport, clock, userAgent, resendPolicy, limiter, onRequest } = options;
  // Computed once: every request of this sender carries exactly these.
  const who: HeaderList = [
    ['user-agent', userAgent],
    ...(identity === 'own' ? [] : impersonationHeaders(identity)),
  ];
  const record = onRequest && { onRequest, ...(identity === 'own' ? {} : { identity }) };

  function deliver<A extends Head>(
    request: KubeRequest,
    context: CallContext,
    exchange: (credential: Credential) => Promise<A>,
  ): Promise<A> {
    const { signal } = context;
    const attempt = async (credential: Credential) => {
      await limiter?.take(signal);
      const answer = await counted(request, record, () => exchange(credential));
      if (answer.isPrioritised) limiter?.lift();
      return answer;
    };
    const send = () => authenticated(cluster.credentials, attempt, signal);
    return resend(send, { idempotent: request.idempotent, clock, policy: resendPolicy, signal });
  }

  return {
    async send(request, context = {}) {
      const exchange = exchangeOf(request, context, who);
      const answer = await deliver(request, context, (credential) =>
        transport.request(credential, exchange),
      );
      if (isSuccess(answer.status)) return answer;
      throw apiErrorOf(answer.status, answer.body, answer.retryAfter);
    },
    async stream(request, context = {}) {
      const exchange = exchangeOf(request, context, who);
      const answer = await deliver(request, context, (credential) =>
        transport.stream(credential, exchange),
      );
      if (isSuccess(answer.status)) return answer;
      throw await streamError(answer);
    },
  };
}

type Head = Pick<Answer, 'status' | 'retryAfter' | 'isPrioritised'>;

function exchangeOf(request: KubeRequest, context: CallContext, who: HeaderList): Exchange {
  const { method, path, body, contentType, accept } = request;
  const { signal, idleTimeoutMs } = context;
  const type: HeaderList = contentType === undefined ? [] : [['content-type', contentType]];
  return {
    method,
    path,
    headers: [['accept', accept], ...type, ...(context.headers ?? []), ...who],
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
  };
}

/** Sends once, and once more when the credential had expired under us. */
async function authenticated<A extends Head>(
  credentials: CredentialSource,
  attempt: (credential: Credential) => Promise<A>,
  signal: AbortSignal | undefined,
): Promise<A> {
  const credential = await credentials.current(signal);
  const answer = await attempt(credential);
  if (answer.status !== 401 || !credentials.reject) return answer;
  credentials.reject(credential);
  discard(answer);
  return await attempt(await credentials.current(signal));
}

interface Recording extends Pick<RequestRecord, 'identity'> {
  onRequest: (record: RequestRecord) => void;
}

/** Reports the exchange to the metrics hook, whatever became of it. */
async function counted<A extends Head>(
  { verb, resource, subresource }: KubeRequest,
  record: Recording | undefined,
  attempt: () => Promise<A>,
): Promise<A> {
  if (!record) return await attempt();
  const { onRequest, ...who } = record;
  const subject = { verb, resource, ...(subresource === undefined ? {} : { subresource }), ...who };
  const started = performance.now();
  let code = 0;
  try {
    const answer = await attempt();
    code = answer.status;
    return answer;
  } finally {
    onRequest({ ...subject, code, durationMs: performance.now() - started });
  }
}

const isSuccess = (status: number) => (status >= 200 && status < 300) || status === 304;

async function streamError(answer: StreamAnswer): Promise<KubeApiError> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxErrorBytes) break;
    }
  } catch {
    // The status code alone says enough.
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return apiErrorOf(answer.status, text, answer.retryAfter);
}

import { systemClock, type Clock } from '../base/clock.ts';
import { silentLog, type Log } from '../base/log.ts';
import type {
  CallOptions,
  Discovery,
  ImpersonatedClient,
  KubeClient,
  OwnClient,
} from './client.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { decodeAnswer, decodeObject } from './decode.ts';
import { createDiscovery } from './discovery.ts';
import type { Identity } from './identity.ts';
import { listAll } from './list.ts';
import { createRequestLimiter, type RequestLimit } from './request-limiter.ts';
import {
  applyRequest,
  createRequest,
  deleteRequest,
  getRequest,
  patchRequest,
  rawRequest,
  replaceRequest,
  type KubeRequest,
} from './requests.ts';
import { defaultResendPolicy, type ResendPolicy } from './resend.ts';
import { createSender, type RequestRecord, type Sender } from './sender.ts';
import { createTransport, type TransportOptions } from './transport.ts';
import { watchStream } from './watch-stream.ts';

export interface ClientOptions {
  cluster: ClusterConfig;
  log?: Log;
  /** Called once per HTTP request, for metrics. Must not throw. */
  onRequest?: (record: RequestRecord) => void;
  userAgent?: string;
  clock?: Clock;
  transport?: TransportOptions;
  resend?: Partial<ResendPolicy>;
  /** Ceiling for API servers without API Priority and Fairness; none without it. */
  limit?: RequestLimit | undefined;
}

/**
 * The verbs before the caller's claim about the type of an answer: kinds of ours decode what they
 * read (src/api).
 */
type Untyped = {
  [Verb in keyof KubeClient]: KubeClient[Verb] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Result
    : KubeClient[Verb];
};

/** An own client, and the end of its connections. */
export interface ClosableClient extends OwnClient {
  /** Ends all connections, watches included, of this client and of those made by `as`. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Connects to an API server. The returned client acts as the control plane itself; `as(identity)`
 * gives clients that act as a tenant over the same connections, with the same discovery cache.
 * No connection is made before the first request.
 */
export function createClient(options: ClientOptions): ClosableClient {
  const { cluster, log = silentLog, clock = systemClock } = options;
  const transport = createTransport(cluster, options.transport);
  const shared = {
    cluster,
    transport,
    clock,
    userAgent: options.userAgent ?? 'tenantry',
    resendPolicy: { ...defaultResendPolicy, ...options.resend },
    limiter: options.limit && createRequestLimiter(options.limit, clock),
    onRequest: options.onRequest,
  };
  const sender = createSender(shared, 'own');
  const discovery = createDiscovery({ sender, clock, log });
  const close = () => transport.close();
  return {
    ...createVerbs(sender, discovery, log),
    as(identity: Identity): ImpersonatedClient {
      const verbs = createVerbs(createSender(shared, identity), discovery, log);
      // The brand exists for the compiler alone.
      return Object.freeze({ ...verbs, identity }) as unknown as ImpersonatedClient;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createVerbs(sender: Sender, discovery: Discovery, log: Log): KubeClient {
  const write = async (request: KubeRequest, options: CallOptions = {}) => {
    const answer = await sender.send(request, { signal: options.signal });
    return { object: decodeObject(answer.body), created: answer.status === 201 };
  };
  const send = async (request: KubeRequest, options: CallOptions = {}) =>
    (await write(request, options)).object;

  const verbs: Untyped = {
    discovery,
    get: (type, key, options) => send(getRequest(type, key), options),
    list: (type, options) => listAll(sender, type, options ?? {}),
    watch: (type, options) => watchStream({ sender, log }, type, options),
    apply: (type, object, options) => write(applyRequest(type, object, options), options),
    create: (type, object, options) => send(createRequest(type, object, options), options),
    patch: (type, key, patch, options) => send(patchRequest(type, key, patch, options), options),
    replace: (type, object, options) => send(replaceRequest(type, object, options), options),
    async delete(type, key, options) {
      await sender.send(deleteRequest(type, key, options), { signal: options?.signal });
    },
    async raw(request) {
      const answer = await sender.send(rawRequest(request), { signal: request.signal });
      const isJson = answer.contentType?.includes('json') === true;
      return isJson ? decodeAnswer(answer.body) : answer.body;
    },
  };
  return verbs as KubeClient;
}

import type { Clock } from '../../../base/clock.ts';
import { KubeTransportError } from '../../../kube/api-error.ts';
import type { CallOptions, Discovery, KubeClient } from '../../../kube/client.ts';

/** What a remote cluster is asked through: everything but watches, which nobody bounds. */
export type ImpatientOptions = {
  clock: Clock;
  /** Longest wait for one answer: credentials, retries and the last byte of it included. */
  timeoutMs: number;
};

type Call = (...args: never[]) => Promise<unknown>;

/** Where a verb takes its options. */
const optionsAt = {
  get: 2,
  list: 1,
  apply: 2,
  create: 2,
  patch: 3,
  replace: 2,
  delete: 2,
  raw: 0,
} as const satisfies Partial<Record<keyof KubeClient, number>>;

/**
 * A client for one run that waits only so long for an answer and, once there was none, asks nothing
 * more: a cluster that is away costs its run one time-out, however many objects are left.
 */
export function impatientClient(client: KubeClient, options: ImpatientOptions): KubeClient {
  const ask = createAsk(options);
  const bound = Object.entries(optionsAt).map(([verb, at]) => {
    const call = client[verb as keyof typeof optionsAt] as Call;
    const impatient = (...args: unknown[]) => {
      const given = (args[at] ?? {}) as CallOptions;
      return ask(given.signal, (signal) => {
        const withSignal = [...args];
        withSignal[at] = { ...given, signal };
        return call(...(withSignal as never[]));
      });
    };
    return [verb, impatient];
  });
  const discovery: Discovery = {
    resourceFor: (apiVersion, kind, { signal } = {}) =>
      ask(signal, (bounded) => client.discovery.resourceFor(apiVersion, kind, { signal: bounded })),
    invalidate: () => client.discovery.invalidate(),
  };
  // Each verb keeps its signature: only the signal among its options is another.
  return { ...client, ...(Object.fromEntries(bound) as Partial<KubeClient>), discovery };
}

function createAsk({ clock, timeoutMs }: ImpatientOptions) {
  let failure: KubeTransportError | undefined;

  return async <T>(
    given: AbortSignal | undefined,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    if (failure) throw failure;
    const late = new AbortController();
    const noAnswer = new KubeTransportError(`no answer within ${timeoutMs / 1000} s`);
    const cancel = clock.after(timeoutMs, () => late.abort(noAnswer));
    try {
      return await send(given ? AbortSignal.any([given, late.signal]) : late.signal);
    } catch (error) {
      const cause = late.signal.aborted && !given?.aborted ? noAnswer : error;
      if (cause instanceof KubeTransportError) failure = cause;
      throw cause;
    } finally {
      cancel();
    }
  };
}

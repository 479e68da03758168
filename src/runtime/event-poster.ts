import { sleep, toTimestamp, type Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { formatKey, keyOf, type KubeObject } from '../kube/object.ts';
import { PostedEvents } from './posted-events.ts';

/** An event as notifications see it; redacted already. */
export interface PostedEvent {
  object: KubeObject;
  severity: 'info' | 'error';
  reason: string;
  message: string;
  metadata: Record<string, string>;
  controller: string;
  instance: string;
}

export interface EventPosterOptions {
  /** `--events-addr`, an http(s) URL. */
  url: string;
  clock: Clock;
  log: Log;
}

/** Posts events behind the caller's back. */
export interface EventPoster {
  post(event: PostedEvent): void;
  /** Resolves when everything posted so far was delivered or given up. */
  flush(): Promise<void>;
}

const maxMessageLength = 39_000;
const timeoutMs = 5_000;
/** Waits before the second, third and fourth try. */
const retryMs = [1_000, 2_000, 4_000];
/** Posts under way; what comes beyond is dropped. */
const maxUnderWay = 500;

/** Statuses that another try may turn into a success; 429 says that tries are the problem. */
const mayRecover = (status: number) => status >= 500 || status === 408;

/**
 * Posts events as JSON to a notification service (flux-parity §0.2): five seconds each, tried up to
 * four times unless refused. The same event about the same object is not posted twice within five
 * minutes, unless something else happened to the object in between.
 */
export function createEventPoster({ url, clock, log }: EventPosterOptions): EventPoster {
  const posted = new PostedEvents(clock);
  const underWay = new Set<Promise<void>>();

  const deliver = async (body: string, about: Record<string, unknown>) => {
    for (let attempt = 0; ; attempt++) {
      const problem = await postOnce(url, body);
      if (!problem) return;
      const waitMs = retryMs[attempt];
      if (!problem.retry || waitMs === undefined) {
        log.error('event was not posted', problem.error, about);
        return;
      }
      await sleep(clock, waitMs);
    }
  };

  return {
    post(event) {
      const { object, severity, reason, message, metadata } = event;
      const identity = JSON.stringify([reason, message, metadata]);
      if (!posted.isNew(subjectOf(object), severity, identity)) return;
      const about = { kind: object.kind, object: formatKey(keyOf(object)), reason };
      if (underWay.size >= maxUnderWay) {
        log.error('event was not posted', new Error('too many are under way'), about);
        return;
      }
      const body = JSON.stringify(payloadOf(event, clock.now()));
      const delivery: Promise<void> = deliver(body, about).finally(() => underWay.delete(delivery));
      underWay.add(delivery);
    },
    async flush() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

function payloadOf(event: PostedEvent, now: number): Record<string, unknown> {
  const { object, severity, reason, message, metadata, controller, instance } = event;
  const { namespace, name, uid, resourceVersion } = object.metadata;
  const { apiVersion, kind } = object;
  return {
    involvedObject: { apiVersion, kind, namespace, name, uid, resourceVersion },
    severity,
    timestamp: toTimestamp(now),
    message: message.slice(0, maxMessageLength).toWellFormed(),
    reason,
    metadata,
    reportingController: controller,
    reportingInstance: instance,
  };
}

async function postOnce(
  url: string,
  body: string,
): Promise<{ error: unknown; retry: boolean } | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      // The address is the admin's; where it points to is not for the answer to say.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    if (answer.ok) return undefined;
    return { error: new Error(`status ${answer.status}`), retry: mayRecover(answer.status) };
  } catch (error) {
    return { error, retry: true };
  }
}

function subjectOf({ apiVersion, kind, metadata }: KubeObject): string {
  return JSON.stringify([apiVersion, kind, metadata.namespace, metadata.name, metadata.uid]);
}

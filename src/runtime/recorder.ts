import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { redact } from '../base/redact.ts';
import type { KubeClient } from '../kube/client.ts';
import { createEventWriter, type EventWriter } from '../kube/events.ts';
import type { KubeObject } from '../kube/object.ts';
import { createEventPoster, type EventPoster } from './event-poster.ts';
import type { RunEvent } from './run.ts';
import type { EventSink } from './runtime.ts';

/** Annotations of an object that go along with every event about it. */
const eventAnnotationPrefix = 'event.toolkit.fluxcd.io/';

export interface RecorderOptions {
  client: KubeClient;
  clock: Clock;
  log: Log;
  /** `reportingInstance`: the pod. */
  instance: string;
  /** While it says so, Events of the cluster wait a little; what is posted does not. */
  isBusy?: () => boolean;
  /** `--events-addr`: where notifications are sent from; nothing is posted without one. */
  eventsUrl?: string;
}

/** Records what runs have to tell. */
export interface Recorder extends EventSink {
  /** Resolves when everything recorded so far was delivered or given up. */
  flush(): Promise<void>;
}

/**
 * Writes events as core/v1 Events, with the controller as their source, and posts each to the
 * events address, unless it is a trace. Messages and metadata are redacted; repetitions are
 * counted by the one and dropped by the other. Never throws, never makes a run wait.
 */
export function createRecorder(options: RecorderOptions): Recorder {
  const { client, clock, log, instance, eventsUrl, isBusy } = options;
  const writers = new Map<string, EventWriter>();
  const poster: EventPoster | undefined =
    eventsUrl === undefined ? undefined : createEventPoster({ url: eventsUrl, clock, log });

  const writerFor = (component: string): EventWriter => {
    let writer = writers.get(component);
    if (!writer) {
      const busy = isBusy && { isBusy };
      writer = createEventWriter({ client, component, instance, clock, log, ...busy });
      writers.set(component, writer);
    }
    return writer;
  };

  return {
    record(object, controller, ...events) {
      for (const { severity, reason, message, metadata } of joined(events)) {
        writerFor(controller).record({
          about: object,
          type: severity === 'error' ? 'Warning' : 'Normal',
          reason,
          message,
          ...annotationsOf(metadataOf(object, metadata)),
        });
      }
      if (!poster) return;
      for (const { severity, reason, message, metadata: own } of events) {
        if (severity === 'trace') continue;
        const metadata = metadataOf(object, own);
        const told = { severity, reason, message: redact(message), metadata };
        poster.post({ object, ...told, controller, instance });
      }
    },
    async flush() {
      const targets = [...writers.values(), ...(poster ? [poster] : [])];
      await Promise.all(targets.map((target) => target.flush()));
    },
  };
}

/**
 * Good news told at the same moment is one Event, to spare the API server: the last reason and
 * message first, what led there on the lines after.
 */
function joined(events: readonly RunEvent[]): RunEvent[] {
  const infos = events.filter(({ severity }) => severity === 'info');
  const last = infos.at(-1);
  if (!last || infos.length === 1) return [...events];
  const message = [last, ...infos.slice(0, -1)].map((event) => event.message).join('\n');
  const metadata = Object.assign(
    {},
    ...infos.map((event) => event.metadata),
  ) as RunEvent['metadata'];
  const news: RunEvent = { ...last, message, ...(metadata && { metadata }) };
  return events.flatMap((event) =>
    event === last ? [news] : infos.includes(event) ? [] : [event],
  );
}

function annotationsOf(metadata: Record<string, string>) {
  return Object.keys(metadata).length > 0 ? { annotations: metadata } : {};
}

/** An event's metadata under the object's API group, and what the object's annotations add. */
function metadataOf(object: KubeObject, metadata: RunEvent['metadata']): Record<string, string> {
  const group = object.apiVersion.split('/')[0] ?? '';
  const own = Object.entries(metadata ?? {}).map(([key, value]) => [`${group}/${key}`, value]);
  const added = Object.entries(object.metadata.annotations ?? {}).filter(([key]) =>
    key.startsWith(eventAnnotationPrefix),
  );
  return Object.fromEntries(
    [...own, ...added].map(([key = '', value = '']) => [key, redact(value)]),
  );
}

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
  /** `--events-addr`: where notifications are sent from; nothing is posted without one. */
  eventsUrl?: string;
}

/** Records what runs have to tell. */
export interface Recorder extends EventSink {
  /** Resolves when everything recorded so far was delivered or given up. */
  flush(): Promise<void>;
}

/**
 * Writes each event as a core/v1 Event, with the controller as its source, and posts it to the
 * events address, unless it is a trace. Messages and metadata are redacted; repetitions are
 * counted by the one and dropped by the other. Never throws, never makes a run wait.
 */
export function createRecorder(options: RecorderOptions): Recorder {
  const { client, clock, log, instance, eventsUrl } = options;
  const writers = new Map<string, EventWriter>();
  const poster: EventPoster | undefined =
    eventsUrl === undefined ? undefined : createEventPoster({ url: eventsUrl, clock, log });

  const writerFor = (component: string): EventWriter => {
    let writer = writers.get(component);
    if (!writer) {
      writers.set(
        component,
        (writer = createEventWriter({ client, component, instance, clock, log })),
      );
    }
    return writer;
  };

  return {
    record(object, controller, event) {
      const metadata = metadataOf(object, event);
      const { severity, reason } = event;
      const message = redact(event.message);
      writerFor(controller).record({
        about: object,
        type: severity === 'error' ? 'Warning' : 'Normal',
        reason,
        message,
        ...(Object.keys(metadata).length > 0 ? { annotations: metadata } : {}),
      });
      if (severity === 'trace') return;
      poster?.post({ object, severity, reason, message, metadata, controller, instance });
    },
    async flush() {
      const targets = [...writers.values(), ...(poster ? [poster] : [])];
      await Promise.all(targets.map((target) => target.flush()));
    },
  };
}

/** The event's metadata under the object's API group, and what the object's annotations add. */
function metadataOf(object: KubeObject, event: RunEvent): Record<string, string> {
  const group = object.apiVersion.split('/')[0] ?? '';
  const own = Object.entries(event.metadata ?? {}).map(([key, value]) => [
    `${group}/${key}`,
    value,
  ]);
  const added = Object.entries(object.metadata.annotations ?? {}).filter(([key]) =>
    key.startsWith(eventAnnotationPrefix),
  );
  return Object.fromEntries(
    [...own, ...added].map(([key = '', value = '']) => [key, redact(value)]),
  );
}

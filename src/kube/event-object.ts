import { randomBytes } from 'node:crypto';
import { toTimestamp } from '../base/clock.ts';
import type { KubeObject } from './object.ts';

/** What an event is about: any object as read from the API server. */
export type EventSubject = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;

/** An event to be written. */
export interface EventInput {
  about: EventSubject;
  type: 'Normal' | 'Warning';
  /** CamelCase; machines match on it. */
  reason: string;
  /** Redacted and cut to the API's 1024 bytes. */
  message: string;
  annotations?: Record<string, string>;
}

/** An event, and how often it happened. */
interface Told {
  event: EventInput;
  count: number;
  firstAt: number;
  lastAt: number;
}

/** Who tells it. */
interface Teller {
  component: string;
  instance?: string;
}

/** The core/v1 Event that tells it, under a name of its own. */
export function eventObject({ event, count, firstAt, lastAt }: Told, teller: Teller): KubeObject {
  const { component, instance = '' } = teller;
  const { apiVersion, kind, metadata } = subjectOf(event.about);
  // Events of cluster-scoped objects live in `default`, where kubectl describe looks for them.
  const namespace = metadata.namespace ?? 'default';
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${truncate(metadata.name, 200)}.${randomBytes(8).toString('hex')}`,
      namespace,
      ...(event.annotations === undefined ? {} : { annotations: event.annotations }),
    },
    involvedObject: { apiVersion, kind, ...metadata },
    type: event.type,
    reason: event.reason.slice(0, 128),
    message: event.message,
    source: { component },
    reportingComponent: component,
    reportingInstance: instance,
    firstTimestamp: toTimestamp(firstAt),
    lastTimestamp: toTimestamp(lastAt),
    count,
  };
}

/** All that an Event says of its object: the object itself may be large, and Events may wait. */
export function subjectOf({ apiVersion, kind, metadata }: EventSubject): EventSubject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}

/** At most `maxBytes` of UTF-8, never half a character. */
export function truncate(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes - 3;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}...`;
}

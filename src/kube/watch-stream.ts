import type { Log } from '../base/log.ts';
import { statusError } from './api-status.ts';
import type { WatchEvent, WatchOptions } from './client.ts';
import { isKubeObject, withType } from './decode.ts';
import { isRecord, parseJson } from '../base/json.ts';
import { readLines } from './json-lines.ts';
import type { KubeObject, ResourceType } from './object.ts';
import { watchRequest } from './requests.ts';
import type { Sender } from './sender.ts';

/** etcd holds 1.5 MiB per object; JSON with managed fields may be several times that. */
const maxEventBytes = 32 * 1024 * 1024;

/** Two bookmarks missed. */
const defaultIdleMs = 130_000;

/**
 * The events of one watch request. Ends when the server ends it.
 *
 * @throws KubeApiError for an ERROR event (410 when the version is too old), KubeTransportError
 * when the connection breaks or falls silent. An event that is none is logged and skipped.
 */
export async function* watchStream(
  context: { sender: Sender; log: Log },
  type: ResourceType,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<KubeObject>> {
  const { sender, log } = context;
  const { signal, idleTimeoutMs = defaultIdleMs } = options;
  const answer = await sender.stream(watchRequest(type, options), { signal, idleTimeoutMs });
  options.onOpen?.();
  for await (const line of readLines(answer.body, maxEventBytes)) {
    const event = decodeEvent(type, line);
    if (event) yield event;
    else
      log.error('watch event is not understood', new Error('malformed event'), { kind: type.kind });
  }
}

/** @throws KubeApiError for an ERROR event. */
function decodeEvent(type: ResourceType, line: string): WatchEvent<KubeObject> | undefined {
  const event = parseEvent(line);
  const object = event?.['object'];
  if (!event || !isRecord(object)) return undefined;
  switch (event['type']) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return isKubeObject(object)
        ? { type: event['type'], object: withType(type, object) }
        : undefined;
    case 'BOOKMARK':
      return decodeBookmark(object);
    case 'ERROR':
      throw statusError(object);
    default:
      return undefined;
  }
}

function parseEvent(line: string): Record<string, unknown> | undefined {
  try {
    const event = parseJson(line);
    return isRecord(event) ? event : undefined;
  } catch {
    return undefined;
  }
}

function decodeBookmark(object: Record<string, unknown>): WatchEvent<never> | undefined {
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  const { resourceVersion, annotations } = metadata;
  if (typeof resourceVersion !== 'string') return undefined;
  const ends = isRecord(annotations) && annotations['k8s.io/initial-events-end'] === 'true';
  return { type: 'BOOKMARK', resourceVersion, ...(ends ? { initialEventsEnd: true } : {}) };
}

import { isRecord, parseJson, stringifyJson } from '../../base/json.ts';
import { itemMetadata, metadataKey } from './item-metadata.ts';

interface WatchEvent {
  type: string;
  object: Record<string, unknown>;
}

/**
 * Makes a function that leaves events out of lines of a watch, in JSON. `shown` are the keys of what the
 * client knows already: an object that comes to be kept is told as added, one that no longer is as
 * deleted. Without it, what is kept of an object never changes.
 */
export function createEventFilter(
  keeps: (item: unknown) => boolean,
  shown?: Set<string>,
): (lines: Uint8Array) => Uint8Array {
  /** Of a table: told once, with the first event. */
  let columns: unknown;

  const isTold = (type: string, item: unknown): string | undefined => {
    const isKept = keeps(item);
    if (!shown) return isKept ? type : undefined;
    const key = metadataKey(itemMetadata(item));
    const wasShown = shown.has(key);
    if (isKept && type !== 'DELETED') {
      shown.add(key);
      return wasShown ? type : 'ADDED';
    }
    shown.delete(key);
    return wasShown ? 'DELETED' : undefined;
  };

  const filter = (line: string): string | undefined => {
    const event = parseEvent(line);
    if (!event || event.type === 'BOOKMARK' || event.type === 'ERROR') return event && line;
    const { type, object } = event;
    const { columnDefinitions: own } = object;
    const told = isTold(type, rowOf(object));
    const owed = own ?? columns;
    columns = told === undefined ? owed : undefined;
    if (told === undefined) return undefined;
    if (told === type && owed === own) return line;
    const whole = owed === undefined ? object : { ...object, columnDefinitions: owed };
    return stringifyJson({ type: told, object: whole });
  };

  return (lines) => {
    const kept = Buffer.from(lines).toString('utf8').split('\n').map(filter);
    return Buffer.from(kept.flatMap((line) => (line === undefined ? [] : [`${line}\n`])).join(''));
  };
}

/** Undefined for what is no event: it is not passed on. */
function parseEvent(line: string): WatchEvent | undefined {
  if (line.trim() === '') return undefined;
  const event: unknown = parseJson(line);
  if (!isRecord(event) || typeof event['type'] !== 'string') return undefined;
  const { type, object } = event;
  return isRecord(object) ? { type, object } : undefined;
}

/** The object itself, or the one row of a table. */
function rowOf(object: Record<string, unknown>): unknown {
  return object['kind'] === 'Table' && Array.isArray(object['rows']) ? object['rows'][0] : object;
}

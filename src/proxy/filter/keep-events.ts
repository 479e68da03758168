import { isRecord, parseJson, stringifyJson } from '../../base/json.ts';
import { itemMetadata } from './item-metadata.ts';

interface WatchEvent {
  type: string;
  object: Record<string, unknown>;
}

/**
 * Makes a function that leaves events out of lines of a watch, in JSON. An object that no longer is
 * what is kept is told as deleted, if this watch has shown it before.
 */
export function createEventFilter(
  keeps: (item: unknown) => boolean,
): (lines: Uint8Array) => Uint8Array {
  const shown = new Set<string>();
  /** Of a table: told once, with the first event. */
  let columns: unknown;

  const isTold = (type: string, item: unknown): string | undefined => {
    const { namespace = '', name = '' } = itemMetadata(item) ?? {};
    const key = `${namespace}/${name}`;
    const isKept = keeps(item);
    if (!isKept && !shown.has(key)) return undefined;
    const told = isKept ? type : 'DELETED';
    if (told === 'DELETED') shown.delete(key);
    else shown.add(key);
    return told;
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

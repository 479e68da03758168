import { badRequest } from '../refusal.ts';

/** The path of a request in two forms. */
export interface RequestPath {
  /** As it came, still encoded. */
  path: string;
  /** What stands between its slashes, decoded; without the empty one after a last slash. */
  segments: readonly string[];
  /** After the first `?`; empty without. */
  query: string;
  /** What follows is no path of the API server's but of a Pod, Service or Node behind it. */
  isRelayed: boolean;
}

/** Printable ASCII but what some reader takes for a separator or a fragment. */
const plain = /^\/[\x21\x22\x24-\x5b\x5d-\x7e]*$/;
/** Where the API server hands the rest of the path to what runs in the cluster. */
const relayed =
  /^\/api\/v1\/(?:namespaces\/[^/%]+\/(?:pods|services)|nodes)\/[^/%]+\/proxy(?=\/|$)/;

/**
 * Splits a request target. Everything that one reader could take for another path than the next one
 * does is refused: empty and dot segments, encoded slashes, text that is not UTF-8.
 *
 * @throws Refusal 400
 */
export function splitTarget(target: string): RequestPath {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  if (!plain.test(path)) throw odd();
  const prefix = relayed.exec(path)?.[0];
  const segments = splitPlain(prefix ?? path);
  if (prefix === undefined) return { path, segments, query, isRelayed: false };
  if (path.slice(prefix.length).split('/').some(isDots)) throw odd();
  return { path, segments, query, isRelayed: true };
}

function splitPlain(path: string): string[] {
  const parts = path.slice(1).split('/');
  if (parts.at(-1) === '') parts.pop();
  return parts.map(decodeSegment);
}

function decodeSegment(encoded: string): string {
  const segment = decode(encoded);
  const isOdd = segment === '' || /[/\\%\p{Cc}]/u.test(segment) || isDots(encoded);
  if (isOdd) throw odd();
  return segment;
}

/** `.` and `..`, however they are written. */
function isDots(encoded: string): boolean {
  const segment = decode(encoded);
  return segment === '.' || segment === '..';
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw odd();
  }
}

const odd = () =>
  badRequest('the path has segments that are empty, dots, or not readable in one way only');

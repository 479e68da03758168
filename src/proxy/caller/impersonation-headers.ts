import { badRequest } from '../refusal.ts';

/** Whom a client asks to act as. */
export interface WantedIdentity {
  user: string;
  groups: readonly string[];
  uid?: string;
  extra: Readonly<Record<string, readonly string[]>>;
}

/** Each is a question to the API server, which sets no bound itself. */
const maxHeaders = 128;
const prefix = 'impersonate-';
const extraPrefix = 'impersonate-extra-';

/** True for every spelling of a header that some reader takes for one of impersonation. */
export function isImpersonationHeader(name: string): boolean {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '-')
    .startsWith(prefix);
}

/**
 * What the Impersonate-* headers of a request say, as the API server reads them; undefined without.
 *
 * @param rawHeaders names and values in turns, as node:http gives them
 * @throws Refusal 400 for one that stands twice, is none of Kubernetes', or comes without a user, and for
 * more than 128 of them
 */
export function wantedIdentity(rawHeaders: readonly string[]): WantedIdentity | undefined {
  const { users, uids, groups, extra } = collect(rawHeaders);
  const [[user, ...otherUsers], [uid, ...otherUids]] = [users, uids];
  if (otherUsers.length + otherUids.length > 0) {
    throw badRequest('a user and a uid to impersonate may be given once');
  }
  if (user !== undefined) return { user, groups, ...(uid !== undefined && { uid }), extra };
  const isEmpty = groups.length === 0 && uid === undefined && Object.keys(extra).length === 0;
  if (isEmpty) return undefined;
  throw badRequest('impersonation needs a user: Impersonate-User is absent');
}

function collect(rawHeaders: readonly string[]) {
  const found = { users: [] as string[], uids: [] as string[], groups: [] as string[] };
  // Without a prototype: keys are a client's.
  const extra = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of impersonating(rawHeaders)) {
    if (name === 'impersonate-user') found.users.push(value);
    else if (name === 'impersonate-uid') found.uids.push(value);
    else if (name === 'impersonate-group') found.groups.push(value);
    else if (name.startsWith(extraPrefix)) (extra[extraKey(name)] ??= []).push(value);
    else throw badRequest('a header of impersonation is none that Kubernetes knows');
  }
  return { ...found, extra };
}

function* impersonating(rawHeaders: readonly string[]): Generator<[string, string]> {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (!isImpersonationHeader(name)) continue;
    count += 1;
    if (count > maxHeaders) {
      throw badRequest(`a request has at most ${maxHeaders} headers of impersonation`);
    }
    const value = utf8(rawHeaders[index + 1] ?? '');
    if (value === '') throw badRequest('a header of impersonation is empty');
    yield [name, value];
  }
}

function extraKey(name: string): string {
  const encoded = name.slice(extraPrefix.length);
  try {
    const key = decodeURIComponent(encoded);
    if (key !== '') return key;
  } catch {
    // Said below.
  }
  throw badRequest('the key of an Impersonate-Extra header cannot be read');
}

/** Header values are bytes, which node:http gives as latin1. */
function utf8(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(value, 'latin1'),
    );
  } catch {
    throw badRequest('a header of impersonation is not UTF-8');
  }
}

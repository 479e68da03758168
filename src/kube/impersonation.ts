import { IdentityError, isIdentity, type Identity } from './identity.ts';

/** Names and values in the order they go onto the wire; a name may repeat. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

const maxHeaderBytes = 32 * 1024;

/**
 * The headers that make the API server act as `identity`: Impersonate-User, one Impersonate-Group
 * per group, Impersonate-Uid, Impersonate-Extra-<key> per value. Values are UTF-8 bytes carried as latin1, as Go
 * clients send them.
 *
 * @throws IdentityError when anything would not arrive exactly as it is written, or was not made
 * by identity.ts: a header that is dropped or split would leave the request to our own rights.
 */
export function impersonationHeaders(identity: Identity): HeaderList {
  if (!isIdentity(identity)) throw new IdentityError('an impersonated client needs an identity');
  const headers: [string, string][] = [['impersonate-user', headerValue('user', identity.user)]];
  for (const group of identity.groups) {
    headers.push(['impersonate-group', headerValue('group', group)]);
  }
  if (identity.uid !== undefined) {
    headers.push(['impersonate-uid', headerValue('uid', identity.uid)]);
  }
  for (const [key, values] of Object.entries(identity.extra)) {
    const name = `impersonate-extra-${encodeExtraKey(key)}`;
    for (const value of values) headers.push([name, headerValue(`extra '${key}'`, value)]);
  }
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (bytes > maxHeaderBytes) {
    throw new IdentityError(`an identity takes at most ${maxHeaderBytes} bytes of headers`);
  }
  return headers;
}

/** Servers trim header values and end them at CR, LF and NUL: such text cannot name anybody. */
function headerValue(what: string, text: string): string {
  if (text === '' || text.trim() !== text || /\p{Cc}/u.test(text) || !text.isWellFormed()) {
    throw new IdentityError(`invalid ${what} in identity: ${JSON.stringify(text)}`);
  }
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Lower case, with every byte that a header name cannot hold, and `%`, percent-encoded. */
function encodeExtraKey(key: string): string {
  if (key === '' || !key.isWellFormed()) {
    throw new IdentityError(`invalid extra key in identity: ${JSON.stringify(key)}`);
  }
  let encoded = '';
  for (const byte of Buffer.from(key.toLowerCase(), 'utf8')) {
    const char = String.fromCharCode(byte);
    encoded += /[a-z0-9!#$&'*+.^_`|~-]/.test(char)
      ? char
      : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return encoded;
}

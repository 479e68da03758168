import { CodedError } from '../base/errors.ts';
import { isRecord } from '../base/json.ts';
import { formatKey, keyOf, type KubeObject } from './object.ts';

/** Data of a Secret that cannot be used; the message names keys, never values. */
export class SecretDataError extends CodedError<'NotBase64' | 'TooLarge' | 'NotText'> {}

/** Decoded data by key. A Map: keys are the tenant's, `__proto__` is a legal one. */
export type SecretData = ReadonlyMap<string, Buffer>;

/** The API server's own limit on the sum of a Secret's values. */
const maxBytes = 1024 * 1024;

/** The decoded `data` of a Secret. @throws SecretDataError */
export function secretData(secret: KubeObject): SecretData {
  const { data } = secret;
  const decoded = new Map<string, Buffer>();
  let bytes = 0;
  for (const [key, value] of isRecord(data) ? Object.entries(data) : []) {
    const buffer = decode(value);
    if (!buffer) throw fail(secret, 'NotBase64', `key '${key}' is not base64`);
    bytes += buffer.length;
    if (bytes > maxBytes) throw fail(secret, 'TooLarge', `it holds more than ${maxBytes} bytes`);
    decoded.set(key, buffer);
  }
  return decoded;
}

/** One value as UTF-8 text; undefined when the key is absent. @throws SecretDataError NotText */
export function secretText(data: SecretData, key: string): string | undefined {
  const value = data.get(key);
  if (value === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value);
  } catch (cause) {
    throw new SecretDataError('NotText', `key '${key}' is not UTF-8 text`, { cause });
  }
}

/** Strict base64: Node's decoder would skip what does not belong. */
function decode(value: unknown): Buffer | undefined {
  if (typeof value !== 'string' || value.length > 2 * maxBytes) return undefined;
  const compact = value.replace(/[\r\n]/g, '');
  const isBase64 = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
  return isBase64 ? Buffer.from(compact, 'base64') : undefined;
}

function fail(secret: KubeObject, code: SecretDataError['code'], why: string): SecretDataError {
  return new SecretDataError(code, `Secret '${formatKey(keyOf(secret))}': ${why}`);
}

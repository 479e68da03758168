import { CodedError } from '../../base/errors.ts';

/** What `sops` metadata calls the key services; each has its list of keys under this name. */
export type KeyServiceName = 'hc_vault' | 'kms' | 'gcp_kms' | 'azure_kv' | 'hckms';

/** A data key, or a part of one, that only a key service can unwrap. All of it is a tenant's bytes. */
export interface WrappedKey {
  /** The same for the same fields. */
  id: string;
  service: KeyServiceName;
  /** As the file has them: where the key is, and `enc`, the wrapped data key. */
  fields: Readonly<Record<string, unknown>>;
}

/** Asks the service of a key to unwrap it. Throws {@link KeyServiceError}, or the signal's reason. */
export type UnwrapKey = (key: WrappedKey, signal: AbortSignal) => Promise<Uint8Array>;

/** What encrypted files are opened with: what a tenant may use, and nothing of anybody else's. */
export interface Decryption {
  /** Texts with age identities, one to a line. */
  age: readonly string[];
  /** PGP private keys, armored. */
  pgp: readonly string[];
  unwrap: UnwrapKey;
}

/**
 * Why a key service did not unwrap a key:
 * - `no-credentials`: we have nothing to show to it.
 * - `malformed`: the file says of the key what makes no sense.
 * - `refused`: it answered, and said no.
 * - `unreachable`: it did not answer.
 */
export type KeyServiceErrorCode = 'no-credentials' | 'malformed' | 'refused' | 'unreachable';

/** Its message is for the tenant: it names the service and the key, never a credential or an answer. */
export class KeyServiceError extends CodedError<KeyServiceErrorCode> {}

/** A field of a key that has to be text; `''` if it is missing and `fallback` is not given. */
export function fieldOf({ service, fields }: WrappedKey, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '' && value.length <= maxFieldLength) return value;
  throw new KeyServiceError('malformed', `a ${service} key has no usable '${name}'`);
}

const maxFieldLength = 16 << 10;

import { createCipheriv, randomBytes } from 'node:crypto';
import { isRecord } from '../../src/base/json.ts';

/** A key of a key service as sops metadata lists it, below the service's name. */
export interface SopsKey {
  service: string;
  fields: Record<string, unknown>;
}

/** What is encrypted in tests of keys. */
export const databaseSecret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'database' },
  stringData: { password: 'correct-horse-battery' },
};

/** Wraps a data key with some service. */
export type WrapDataKey = (dataKey: Buffer) => SopsKey | Promise<SopsKey>;

/**
 * A manifest with the values below `data`, `stringData` and `spec` encrypted as the sops command does
 * it, for any one of the keys. There is no MAC in it worth the name: nothing reads it.
 */
export async function encryptManifest(
  manifest: Record<string, unknown>,
  wrap: WrapDataKey | readonly WrapDataKey[],
): Promise<string> {
  const dataKey = randomBytes(32);
  const keys: Record<string, unknown[]> = {};
  for (const each of [wrap].flat()) {
    const { service, fields } = await each(dataKey);
    (keys[service] ??= []).push({ created_at: '2026-01-01T00:00:00Z', ...fields });
  }
  const encrypted = Object.entries(manifest).map(([key, value]) => [
    key,
    ['data', 'stringData', 'spec'].includes(key) ? encryptValue(value, dataKey, [key]) : value,
  ]);
  const sops = {
    ...keys,
    lastmodified: '2026-01-01T00:00:00Z',
    mac: 'ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]',
    encrypted_regex: '^(data|stringData|spec)$',
    version: '3.13.3',
  };
  return JSON.stringify({ ...Object.fromEntries(encrypted), sops });
}

function encryptValue(value: unknown, key: Buffer, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => encryptValue(item, key, path));
  if (isRecord(value)) {
    const entries = Object.entries(value).map(([name, below]) => [
      name,
      encryptValue(below, key, [...path, name]),
    ]);
    return Object.fromEntries(entries);
  }
  if (value === '' || value === null) return value;
  const type = typeof value === 'number' ? 'int' : 'str';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const iv = randomBytes(32);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(`${path.join(':')}:`));
  const data = Buffer.concat([cipher.update(text), cipher.final()]);
  const parts = [data, iv, cipher.getAuthTag()].map((part) => part.toString('base64'));
  return `ENC[AES256_GCM,data:${parts[0]},iv:${parts[1]},tag:${parts[2]},type:${type}]`;
}

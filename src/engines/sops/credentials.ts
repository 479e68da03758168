import { parseYaml } from '../../base/yaml.ts';
import { KeyServiceError } from './key-service.ts';

/** Credentials for a key service, as a Secret holds them: by names of the service's own. */
export type Credentials = Readonly<Record<string, string>>;

/**
 * Reads credentials in YAML or JSON; what is no text is left out. Throws {@link KeyServiceError},
 * which names the Secret's key and never repeats what it holds.
 */
export function parseCredentials(key: string, text: string): Credentials {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new KeyServiceError(
      'no-credentials',
      `${key} is not YAML or JSON with one value per name`,
    );
  }
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
  );
  return Object.fromEntries(entries);
}

/** Values that have to be there. Throws {@link KeyServiceError} with the names of those that are not. */
export function requireValues<Name extends string>(
  key: string,
  credentials: Credentials,
  names: readonly Name[],
): Record<Name, string> {
  const missing = names.filter((name) => credentials[name] === undefined);
  if (missing.length > 0) {
    throw new KeyServiceError('no-credentials', `${key} lacks ${missing.join(', ')}`);
  }
  // All of them are there.
  return credentials as Record<Name, string>;
}

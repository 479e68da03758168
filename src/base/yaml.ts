import { parse, parseAllDocuments, stringify, type Tags } from 'yaml';

/** Aliases resolved in one document before it counts as an attack ("billion laughs"). */
const maxAliasCount = 100;

/** Types of YAML 1.1 that Kubernetes' reader leaves as strings: dates, base-60 numbers, sets, … */
const unknownTypes = new Set(['timestamp', 'binary', 'set', 'omap', 'pairs']);

function withoutUnknownTypes(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      !(tag.format === 'TIME' || unknownTypes.has(tag.tag.replace('tag:yaml.org,2002:', ''))),
  );
}

/** YAML 1.1 as Kubernetes reads manifests; merge keys allowed, duplicate keys refused. */
const options = {
  version: '1.1',
  merge: true,
  uniqueKeys: true,
  customTags: withoutUnknownTypes,
  logLevel: 'error',
} as const;

/** The value of one YAML document. Throws on a syntax error, a duplicate key, too many aliases. */
export function parseYaml(text: string): unknown {
  return parse(text, { ...options, maxAliasCount }) as unknown;
}

/** The values of the documents of a stream, empty ones left out. Throws as {@link parseYaml}. */
export function parseYamlDocuments(text: string): unknown[] {
  const documents = parseAllDocuments(text, options);
  return [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const value: unknown = document.toJS({ maxAliasCount });
    return value === null || value === undefined ? [] : [value];
  });
}

/** `value` as one YAML document with a trailing newline, in the order of its keys. */
export function stringifyYaml(value: unknown): string {
  return stringify(value, {
    version: '1.1',
    lineWidth: 100,
    blockQuote: 'literal',
    aliasDuplicateObjects: false,
  });
}

import { isRecord } from '../../base/json.ts';

/** The fields of a manifest that hold nothing but texts, each with its map. */
function textMaps(manifest: Record<string, unknown>): [field: string, map: unknown][] {
  const { kind, apiVersion, metadata, stringData } = manifest;
  const { labels, annotations } = isRecord(metadata) ? metadata : {};
  const isSecret = kind === 'Secret' && apiVersion === 'v1';
  return [
    ['metadata.labels', labels],
    ['metadata.annotations', annotations],
    ...(isSecret ? [['stringData', stringData] satisfies [string, unknown]] : []),
  ];
}

/**
 * What of a manifest has to be text and is not, as what to change; undefined if nothing. `0012`,
 * `yes` and `1e5` are no texts to YAML, and substitution takes away the quotes that made them so:
 * taken for text again they would be another one. Null is the empty text, as the API server has it.
 */
export function textFault(manifest: Record<string, unknown>): string | undefined {
  for (const [field, map] of textMaps(manifest)) {
    if (map === undefined || map === null) continue;
    if (!isRecord(map)) return `${field} is no map of texts`;
    for (const [key, value] of Object.entries(map)) {
      if (value === null || typeof value === 'string') continue;
      return `${field} has something that is no text at '${key}': put quotes around it`;
    }
  }
  return undefined;
}

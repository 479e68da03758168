import { isRecord } from '../../base/json.ts';
import type { SeenMetadata } from '../decide/is-visible.ts';

/** The same for the same object of a kind, and for no other. */
export function metadataKey({ namespace = '', name = '' }: Partial<SeenMetadata> = {}): string {
  return `${namespace}/${name}`;
}

/**
 * Name, namespace and labels of an item of a list, or of what the row of a table shows. Undefined for
 * what has no name, which nobody sees.
 */
export function itemMetadata(item: unknown): SeenMetadata | undefined {
  const object = isRecord(item) && isRecord(item['object']) ? item['object'] : item;
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  if (!isRecord(metadata) || typeof metadata['name'] !== 'string') return undefined;
  const { name, namespace, labels } = metadata;
  return {
    name,
    ...(typeof namespace === 'string' && { namespace }),
    // Labels are texts wherever they come from the API server.
    ...(isRecord(labels) && { labels: labels as Record<string, string> }),
  };
}

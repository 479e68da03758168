import { isRecord } from './json.ts';
import type { ResourceType } from './object.ts';

/**
 * The resources of an APIGroupDiscoveryList (apidiscovery.k8s.io v2 and v2beta1; the same shape).
 * Subresources and entries that are not understood are left out. A version that its aggregated
 * server has not refreshed (`freshness: Stale`) counts as far as it is known.
 */
export function parseDiscovery(document: unknown): ResourceType[] {
  return records(document, 'items').flatMap((group) => {
    const name = isRecord(group['metadata']) ? text(group['metadata']['name']) : '';
    return records(group, 'versions').flatMap((version) =>
      records(version, 'resources').flatMap((resource) =>
        parseResource(name, text(version['version']), resource),
      ),
    );
  });
}

function parseResource(
  group: string,
  version: string,
  resource: Record<string, unknown>,
): ResourceType[] {
  const plural = text(resource['resource']);
  const kind = isRecord(resource['responseKind']) ? text(resource['responseKind']['kind']) : '';
  if (version === '' || plural === '' || kind === '') return [];
  return [{ group, version, kind, plural, namespaced: resource['scope'] === 'Namespaced' }];
}

function records(parent: unknown, field: string): Record<string, unknown>[] {
  const list = isRecord(parent) ? parent[field] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

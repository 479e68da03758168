import { isRecord } from '../base/json.ts';
import { apiVersionOf, type ResourceType } from './object.ts';

/** What discovery tells of one endpoint. */
export interface DiscoveryDocument {
  types: ResourceType[];
  /** API versions whose server could not be asked: they may serve more than is listed. */
  stale: string[];
}

/** `Accept` for the documents that {@link parseDiscovery} reads: the newest form that a server has. */
export const acceptDiscovery = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

/**
 * The resources of an APIGroupDiscoveryList (apidiscovery.k8s.io v2 and v2beta1; the same shape).
 * Subresources and entries that are not understood are left out.
 */
export function parseDiscovery(document: unknown): DiscoveryDocument {
  const versions = records(document, 'items').flatMap((item) => {
    const group = isRecord(item['metadata']) ? text(item['metadata']['name']) : '';
    return records(item, 'versions').map((entry) => ({
      group,
      version: text(entry['version']),
      entry,
    }));
  });
  return {
    types: versions.flatMap(({ group, version, entry }) =>
      records(entry, 'resources').flatMap((resource) => parseResource(group, version, resource)),
    ),
    stale: versions.filter(({ entry }) => entry['freshness'] === 'Stale').map(apiVersionOf),
  };
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

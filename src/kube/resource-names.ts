import { isRecord } from '../base/json.ts';
import type { CallOptions, KubeClient } from './client.ts';
import { acceptDiscovery } from './discovery-document.ts';
import type { ResourceType } from './object.ts';

/**
 * The resource a person means by a plural, singular, short name or kind, in any case, with or
 * without its group (`deploy`, `Deployment`, `deployments.apps`); undefined when the cluster has
 * none. Core resources come first, then the order of discovery, as kubectl has it.
 */
export async function findResource(
  client: Pick<KubeClient, 'raw'>,
  name: string,
  options: CallOptions = {},
): Promise<ResourceType | undefined> {
  const [word = '', ...rest] = name.toLowerCase().split('.');
  const group = rest.join('.');
  for (const path of ['/api', '/apis']) {
    const document = await client.raw({ method: 'GET', path, accept: acceptDiscovery, ...options });
    const found = resourcesOf(document).find(
      ({ names, type }) => names.includes(word) && (group === '' || type.group.startsWith(group)),
    );
    if (found) return found.type;
  }
  return undefined;
}

interface NamedResource {
  names: string[];
  type: ResourceType;
}

function resourcesOf(document: unknown): NamedResource[] {
  return records(document, 'items').flatMap((item) => {
    const group = isRecord(item['metadata']) ? text(item['metadata']['name']) : '';
    return records(item, 'versions').flatMap((entry) =>
      records(entry, 'resources').map((resource) => parse(resource, group, text(entry['version']))),
    );
  });
}

function parse(resource: Record<string, unknown>, group: string, version: string): NamedResource {
  const plural = text(resource['resource']);
  const kind = isRecord(resource['responseKind']) ? text(resource['responseKind']['kind']) : '';
  const short = Array.isArray(resource['shortNames']) ? resource['shortNames'].map(text) : [];
  const names = [plural, kind, text(resource['singularResource']), ...short];
  const namespaced = resource['scope'] === 'Namespaced';
  return {
    names: names.filter((name) => name !== '').map((name) => name.toLowerCase()),
    type: { group, version, kind, plural, namespaced },
  };
}

function records(parent: unknown, field: string): Record<string, unknown>[] {
  const list = isRecord(parent) ? parent[field] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

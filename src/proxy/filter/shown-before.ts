import { isRecord } from '../../base/json.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { acceptMetadataList } from '../../kube/requests.ts';
import type { ApiRequest } from '../request/api-request.ts';
import { isTrue } from '../request/parse-query.ts';
import { itemMetadata, metadataKey } from './item-metadata.ts';
import { expired } from './refusals.ts';

const pageSize = '500';

/**
 * What the client of a watch has seen before it: the kept items of the list, as of the version that the
 * watch begins from. Empty for a watch that itself begins with all there is.
 *
 * @param query of the watch, with the selectors as they go upstream
 * @throws Refusal 410 for a version that is no longer known
 */
export async function shownBefore(
  { group, version, resource }: Pick<ApiRequest, 'group' | 'version' | 'resource'>,
  query: URLSearchParams,
  {
    client,
    keeps,
    signal,
  }: {
    client: Pick<KubeClient, 'raw'>;
    keeps: (item: unknown) => boolean;
    signal: AbortSignal;
  },
): Promise<Set<string>> {
  const shown = new Set<string>();
  const resourceVersion = query.get('resourceVersion') ?? '';
  const tellsAll = resourceVersion === '' || resourceVersion === '0';
  if (tellsAll || isTrue(query.get('sendInitialEvents'))) return shown;
  const root = group === '' ? ['api', version] : ['apis', group, version];
  const path = `/${[...root, resource].map(encodeURIComponent).join('/')}`;
  const selectors = selectorsOf(query);
  let from: Record<string, string> = { resourceVersion, resourceVersionMatch: 'Exact' };
  for (;;) {
    const page = await client
      .raw<unknown>({
        method: 'GET',
        path,
        query: { ...selectors, ...from, limit: pageSize },
        accept: acceptMetadataList,
        signal,
      })
      .catch((error: unknown) => {
        throw error instanceof KubeApiError && error.code === 410 ? expired() : error;
      });
    const { items, more } = partsOf(page);
    for (const item of items.filter(keeps)) shown.add(metadataKey(itemMetadata(item)));
    if (more === '') return shown;
    from = { continue: more };
  }
}

function selectorsOf(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    ['labelSelector', 'fieldSelector'].flatMap((key) => {
      const value = query.get(key);
      return value === null ? [] : [[key, value]];
    }),
  );
}

function partsOf(page: unknown): { items: unknown[]; more: string } {
  const { items, metadata } = isRecord(page) ? page : {};
  const more = isRecord(metadata) ? metadata['continue'] : undefined;
  return {
    items: Array.isArray(items) ? items : [],
    more: typeof more === 'string' ? more : '',
  };
}

import { isExpired, KubeTransportError } from './api-error.ts';
import type { ListOptions, ObjectList } from './client.ts';
import { decodeAnswer, isKubeObject, withType } from './decode.ts';
import { isRecord } from '../base/json.ts';
import type { KubeObject, ResourceType } from './object.ts';
import { listRequest } from './requests.ts';
import type { Sender } from './sender.ts';

/** A page is parsed in one go: 500 objects keep the event loop waiting for milliseconds. */
const pageSize = 500;

interface Page {
  items: KubeObject[];
  resourceVersion: string;
  next: string | undefined;
}

/** Lists all pages. Items that are no Kubernetes objects are left out. */
export async function listAll(
  sender: Sender,
  type: ResourceType,
  options: ListOptions,
): Promise<ObjectList<KubeObject>> {
  const paged = { limit: pageSize, ...options };
  try {
    return await followPages(sender, type, paged);
  } catch (error) {
    // The pages' version was compacted while we read them: one answer cannot be.
    if (!isExpired(error) || options.resourceVersion !== undefined) throw error;
    const { limit: _limit, ...whole } = paged;
    return await followPages(sender, type, whole);
  }
}

async function followPages(
  sender: Sender,
  type: ResourceType,
  options: ListOptions,
): Promise<ObjectList<KubeObject>> {
  const items: KubeObject[] = [];
  for (let token: string | undefined; ;) {
    const page = await readPage(sender, type, options, token);
    for (const item of page.items) items.push(item);
    if (page.next === undefined) return { items, resourceVersion: page.resourceVersion };
    token = page.next;
  }
}

async function readPage(
  sender: Sender,
  type: ResourceType,
  options: ListOptions,
  token: string | undefined,
): Promise<Page> {
  const answer = await sender.send(listRequest(type, options, token), { signal: options.signal });
  const list = decodeAnswer(answer.body);
  if (!isRecord(list) || !isRecord(list['metadata'])) {
    throw new KubeTransportError('the answer is not a list');
  }
  const { resourceVersion, continue: next } = list['metadata'];
  const items = Array.isArray(list['items']) ? list['items'] : [];
  return {
    items: items.filter(isKubeObject).map((item) => withType(type, item)),
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    next: typeof next === 'string' && next !== '' ? next : undefined,
  };
}

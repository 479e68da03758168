import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Persona } from './tenant-proxy.ts';

/** What a proxy shows of a kind, item by item, by labels: one object of several there are. */
export interface FilteredKind {
  who: Persona;
  path: string;
  name: string;
  /** Puts it into this pool: it is shown while that is `shared`, which it is to begin with. */
  label(pool: string): Promise<void>;
}

/** Types and names that events of a watch in JSON tell. */
const told = (text: string) =>
  text.split('\n').flatMap((line) => {
    const [, type] = /^{"type":"([A-Z]+)"/.exec(line) ?? [];
    const [, name] = /"metadata":{"name":"([^"]+)"/.exec(line) ?? [];
    return type === undefined ? [] : [`${type} ${name}`];
  });

/** Lists, pages and watches of it are what they would be if nothing else were there. */
export async function checkFiltered(kind: FilteredKind): Promise<void> {
  await checkPages(kind);
  await checkWatch(kind);
  await beginsWithAll(kind.who, kind.path, kind.name);
}

/** Pages may be empty, and nothing counts what is hidden. */
async function checkPages({ who, path, name }: FilteredKind): Promise<void> {
  const items: object[] = [];
  let count = 0;
  for (let query = 'limit=1'; ; count += 1) {
    const { body } = await who.request('GET', `${path}?${query}`);
    const page = JSON.parse(body) as { metadata: Record<string, string>; items: object[] };
    expect(page.metadata).not.toHaveProperty('remainingItemCount');
    items.push(...page.items);
    const more = page.metadata['continue'] ?? '';
    if (more === '') break;
    query = `limit=1&continue=${encodeURIComponent(more)}`;
  }
  expect(items).toMatchObject([{ metadata: { name } }]);
  expect(count).toBeGreaterThan(0);
}

/** From the version of a list on: what was in that has gone when it is no longer shown. */
async function checkWatch({ who, path, name, label }: FilteredKind): Promise<void> {
  const { body } = await who.request('GET', path);
  const { resourceVersion } = (JSON.parse(body) as { metadata: { resourceVersion: string } })
    .metadata;
  await label('other');
  const watch = await who.open(`${path}?watch=1&resourceVersion=${resourceVersion}`);
  for (const [index, pool] of ['shared', 'other', 'shared'].entries()) {
    await eventually('it is told', async () => told(watch.text()).length > index);
    await label(pool);
  }
  await eventually('it is told', async () => told(watch.text()).length > 3);
  expect(told(watch.text())).toEqual(
    ['DELETED', 'ADDED', 'DELETED', 'ADDED'].map((type) => `${type} ${name}`),
  );
  watch.close();
}

/** What client-go's reflectors ask for: all there is, and then a mark that this was all. */
export async function beginsWithAll(who: Persona, path: string, name: string): Promise<void> {
  const whole = 'resourceVersionMatch=NotOlderThan&sendInitialEvents=true&allowWatchBookmarks=true';
  for (const accept of ['application/json', 'application/json;as=Table;v=v1;g=meta.k8s.io']) {
    const watch = await who.open(`${path}?watch=1&${whole}`, { accept });
    await eventually('it has told all', async () => {
      return watch.text().includes('"k8s.io/initial-events-end":"true"');
    });
    const begun = watch
      .text()
      .split('\n')
      .filter((line) => line.includes('"type":"ADDED"'));
    expect(begun).toEqual([expect.stringContaining(`"name":"${name}"`)]);
    watch.close();
  }
}

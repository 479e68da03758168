import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { itemMetadata } from './item-metadata.ts';
import { keepItems, UnreadableListError } from './list-items.ts';

const keeps = (item: unknown) => itemMetadata(item)?.name.startsWith('oil') === true;

async function kept(text: string, pieceBytes = Infinity): Promise<string> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      yield await Promise.resolve(bytes.subarray(at, at + pieceBytes));
    }
  }
  const out: Uint8Array[] = [];
  for await (const piece of keepItems(pieces(), keeps)) out.push(piece);
  return Buffer.concat(out).toString();
}

const list = (items: string) =>
  `{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"7","items":[1]},"items":[${items}]}`;
const [oil, gas] = ['{"metadata":{"name":"oil-1"}}', '{"metadata":{"name":"gas-1"}}'];

test.each([
  ['', ''],
  [oil, oil],
  [gas, ''],
  [`${gas},${oil}`, oil],
  [`${oil},${gas}`, oil],
  [`${oil},${gas},${oil}`, `${oil},${oil}`],
  [' ', ''],
])('of [%s] it is [%s] that is passed on', async (items, expected) => {
  expect(await kept(list(items))).toBe(list(expected));
});

test('rows of a table are shown by the object they are about; one without is not', async () => {
  const table = (rows: string) =>
    `{"kind":"Table","columnDefinitions":[{"name":"Name"}],"rows":[${rows}]}`;
  const row = (object: string) => `{"cells":["a"],"object":${object}}`;
  expect(await kept(table(`${row(oil)},${row(gas)},{"cells":["oil"]}`))).toBe(table(row(oil)));
});

test('what looks like the end of an item within a text is none', async () => {
  const odd =
    '{"metadata":{"name":"oil-1"},"data":"},{\\"metadata\\":{\\"name\\":\\"gas\\"}],\\\\"}';
  expect(await kept(list(`${odd},${gas}`))).toBe(list(odd));
});

test('an empty list that is null, and space between the parts, stay as they are', async () => {
  expect(await kept('{"items":null}')).toBe('{"items":null}');
  const pretty = `{ "items" : [ ${oil} , ${gas} ] }\n`;
  expect(JSON.parse(await kept(pretty))).toEqual({ items: [JSON.parse(oil)] });
});

test('however it is cut into pieces, the same is passed on', async () => {
  const object = fc.record({
    metadata: fc.record({ name: fc.constantFrom('oil-1', 'oil-2', 'gas', 'g"},{as') }),
    data: fc.anything({ maxDepth: 2 }).map((value) => JSON.stringify(value) ?? null),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(object), fc.integer({ min: 1, max: 40 }), async (items, bytes) => {
      const whole = { kind: 'List', metadata: { continue: 'x' }, items };
      const expected = { ...whole, items: items.filter(keeps) };
      expect(JSON.parse(await kept(JSON.stringify(whole), bytes))).toEqual(expected);
    }),
    { seed: 42 },
  );
});

test.each([
  ['another field', `{"list":[${gas}]}`],
  ['items that are no list', `{"items":${gas}}`],
  ['a list of lists', `[{"items":[${gas}]}]`],
  ['a name in disguise', `{"\\u0069tems":[${gas}]}`],
  ['an end that is missing', `{"items":[${oil}`],
  ['an item that is none', '{"items":[oil]}'],
  ['nothing', ''],
])('%s is not passed on', async (_what, text) => {
  const out: string[] = [];
  await expect(kept(text).then((whole) => out.push(whole))).rejects.toThrow(UnreadableListError);
  expect(out.join('')).not.toContain('gas');
});

import { expect, test } from 'vitest';
import { itemMetadata } from './item-metadata.ts';
import { createEventFilter } from './keep-events.ts';

const keeps = (item: unknown) => itemMetadata(item)?.labels?.['pool'] === 'oil';
const node = (name: string, pool: string) => ({
  kind: 'Node',
  metadata: { name, labels: { pool } },
});
const event = (type: string, object: object) => JSON.stringify({ type, object });

function filtered(...lines: string[]): unknown[] {
  return filteredBy(createEventFilter(keeps, new Set()), lines);
}

function filteredBy(filter: ReturnType<typeof createEventFilter>, lines: string[]): unknown[] {
  return lines.flatMap((line) =>
    Buffer.from(filter(Buffer.from(`${line}\n`)))
      .toString()
      .split('\n')
      .filter((each) => each !== '')
      .map((each) => JSON.parse(each) as unknown),
  );
}

test('what is not kept is never told of', () => {
  const gas = node('gas-1', 'gas');
  expect(filtered(event('ADDED', gas), event('MODIFIED', gas), event('DELETED', gas))).toEqual([]);
});

test('what is kept is told as it is, until it no longer is: then it is deleted', () => {
  const [oil, sold] = [node('a', 'oil'), node('a', 'gas')];
  const lines = [
    event('ADDED', oil),
    event('MODIFIED', sold),
    event('MODIFIED', sold),
    event('MODIFIED', oil),
  ];
  expect(filtered(...lines)).toEqual([
    { type: 'ADDED', object: oil },
    { type: 'DELETED', object: sold },
    { type: 'ADDED', object: oil },
  ]);
});

test('what a client has seen before the watch is told to have ended, and not to have begun', () => {
  const [oil, sold, other] = [node('a', 'oil'), node('a', 'gas'), node('b', 'gas')];
  const seen = () => createEventFilter(keeps, new Set(['/a']));
  expect(filteredBy(seen(), [event('MODIFIED', sold), event('MODIFIED', other)])).toEqual([
    { type: 'DELETED', object: sold },
  ]);
  expect(filteredBy(seen(), [event('MODIFIED', oil), event('DELETED', oil)])).toEqual([
    { type: 'MODIFIED', object: oil },
    { type: 'DELETED', object: oil },
  ]);
  expect(filteredBy(seen(), [event('DELETED', sold)])).toEqual([{ type: 'DELETED', object: sold }]);
});

test('what comes to be kept by a change is added', () => {
  const [gas, oil] = [node('a', 'gas'), node('a', 'oil')];
  expect(filtered(event('ADDED', gas), event('MODIFIED', oil), event('MODIFIED', oil))).toEqual([
    { type: 'ADDED', object: oil },
    { type: 'MODIFIED', object: oil },
  ]);
});

test('where what is kept cannot change, events are told as they are', () => {
  const oil = node('a', 'oil');
  const lines = [
    event('MODIFIED', oil),
    event('MODIFIED', node('b', 'gas')),
    event('DELETED', oil),
  ];
  expect(filteredBy(createEventFilter(keeps), lines)).toEqual([
    { type: 'MODIFIED', object: oil },
    { type: 'DELETED', object: oil },
  ]);
});

test('several events may come at once; bookmarks and errors always pass', () => {
  const bookmark = event('BOOKMARK', { metadata: { resourceVersion: '7' } });
  const error = event('ERROR', { kind: 'Status', code: 410 });
  const lines = [
    event('ADDED', node('gas-1', 'gas')),
    bookmark,
    event('ADDED', node('a', 'oil')),
    error,
  ];
  expect(filtered(lines.join('\n')).map((each) => (each as { type: string }).type)).toEqual([
    'BOOKMARK',
    'ADDED',
    'ERROR',
  ]);
});

test('what is no event is not passed on', () => {
  expect(filtered('{}', '{"type":"ADDED"}', '[]', '{"type":1,"object":{}}', '')).toEqual([]);
  expect(() => filtered('{"type":"ADDED","object":')).toThrow(SyntaxError);
});

test('the columns of a table come with the first event that is shown', () => {
  const row = (pool: string, columns?: object[]) => ({
    kind: 'Table',
    ...(columns && { columnDefinitions: columns }),
    rows: [{ cells: ['a'], object: node('a', pool) }],
  });
  const columns = [{ name: 'Name' }];
  expect(
    filtered(
      event('ADDED', row('gas', columns)),
      event('ADDED', row('oil')),
      event('MODIFIED', row('oil')),
    ),
  ).toEqual([
    { type: 'ADDED', object: row('oil', columns) },
    { type: 'MODIFIED', object: row('oil') },
  ]);
});

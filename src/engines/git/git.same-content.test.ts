import { afterEach, expect, test } from 'vitest';
import { createGitBench, readTree } from '../../../test/support/git-engine.ts';

const bench = createGitBench();
afterEach(() => bench.stop());

test('files of the same content are each given, wherever they come', async () => {
  const server = await bench.server();
  const files = { 'a/x': 'same', 'b/x': 'other', 'c/x': 'same', 'd/empty': '', 'e/empty': '' };
  await server.createRepo('fleet', files);
  const git = await bench.engine();
  const tip = await git.resolve({ url: server.url('fleet'), ref: { branch: 'main' } });
  await using tree = await git.fetch({ tip });
  expect(await readTree(tree)).toEqual(files);
});

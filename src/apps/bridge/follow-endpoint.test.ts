import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { createFakeClock, type FakeClock } from '../../../test/support/fake-clock.ts';
import { createAuthority } from '../../base/certificate.ts';
import { silentLog } from '../../base/log.ts';
import { followEndpoint } from './follow-endpoint.ts';

const [first, second] = ['one', 'two'].map((name) => createAuthority(name).certPem) as [
  string,
  string,
];
const server = 'https://proxy.example:9001';

let folder: string;
let clock: FakeClock;
let stopping: AbortController;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'follow-endpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  clock = createFakeClock();
  stopping = new AbortController();
});
afterEach(() => stopping.abort());

const follow = (caPath: string) =>
  followEndpoint({ server, caPath, clock, log: silentLog, signal: stopping.signal });

test('follows the file, and leaves alone what is no certificate', async () => {
  const caPath = path.join(folder, 'ca.crt');
  await writeFile(caPath, first);
  const endpoint = await follow(caPath);
  let changes = 0;
  endpoint.onChange(() => changes++);
  expect(endpoint.current()).toEqual({ server, ca: first });
  await writeFile(caPath, 'half of a certif');
  const passes = async () => {
    await clock.advance(10_000);
    return endpoint.current().ca !== first;
  };
  await clock.advance(10_000);
  expect(endpoint.current().ca).toBe(first);
  await writeFile(caPath, second);
  await eventually('the new one', passes);
  expect([endpoint.current().ca, changes]).toEqual([second, 1]);
});

test('there must be one at first', async () => {
  await expect(follow(path.join(folder, 'none'))).rejects.toThrow('ENOENT');
  const odd = path.join(folder, 'odd');
  await writeFile(odd, 'secret-looking text');
  const error = await follow(odd).catch((cause: unknown) => cause);
  expect(String(error)).toContain('--proxy-ca-path');
  expect(String(error)).not.toContain('secret-looking');
});

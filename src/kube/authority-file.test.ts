import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority, issueServer } from '../base/certificate.ts';
import type { Clock } from '../base/clock.ts';
import { withAuthorityFile } from './authority-file.ts';
import { fixedCredential, type CredentialSource } from './cluster-config.ts';
import { createTransport } from './transport.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tenantry-authority-'));
  file = path.join(folder, 'ca.crt');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function started(source: CredentialSource, ca: string) {
  let now = 0;
  const clock: Clock = { now: () => now, after: () => () => {} };
  return {
    credentials: withAuthorityFile(source, { file, ca, clock }),
    later: () => void (now += 60_000),
  };
}

test('a server whose authority is replaced is trusted as the file has it, without a restart', async () => {
  const [one, two] = [createAuthority('one'), createAuthority('two')];
  const served = (authority: typeof one) => {
    const { certPem: cert, keyPem: key } = issueServer(authority, ['127.0.0.1']);
    return { cert, key };
  };
  const server = https.createServer(served(one), (_request, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { credentials, later } = started(fixedCredential(), one.certPem);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cluster = { server: url, ca: one.certPem, namespace: 'default', credentials };
  const transport = createTransport(cluster);
  const ask = async () =>
    await transport.request(await credentials.current(), { method: 'GET', path: '/', headers: [] });
  expect((await ask()).status).toBe(200);
  // First both are trusted, then the server changes, then the former is trusted no longer.
  await writeFile(file, one.certPem + two.certPem);
  later();
  expect((await ask()).status).toBe(200);
  server.setSecureContext(served(two));
  server.closeAllConnections();
  await writeFile(file, two.certPem);
  later();
  expect((await ask()).status).toBe(200);
  server.setSecureContext(served(one));
  server.closeAllConnections();
  await expect(ask()).rejects.toThrow(/certificate/);
  await transport.close();
  server.close();
});

test.each([
  ['nothing', ''],
  ['half of a certificate', createAuthority('half').certPem.slice(0, 300)],
  ['something else', 'no certificate'],
])('a file with %s changes nothing', async (_, content) => {
  const { certPem } = createAuthority('known');
  const { credentials, later } = started(fixedCredential(), certPem);
  await writeFile(file, content);
  later();
  expect(await credentials.current()).toEqual({ ca: certPem });
});

test('what is rejected is told to where it came from', async () => {
  const rejected: unknown[] = [];
  const mine = { authorization: 'Bearer a' };
  const source = {
    current: () => Promise.resolve(mine),
    reject: (it: unknown) => void rejected.push(it),
  };
  const { credentials } = started(source, 'ca');
  credentials.reject?.(await credentials.current());
  expect(rejected).toEqual([mine]);
  expect(rejected[0]).toBe(mine);
});

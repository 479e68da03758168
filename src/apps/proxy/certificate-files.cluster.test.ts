import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshNamespace, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import {
  freshAccount,
  startProxyHarness,
  type ProxyHarness,
} from '../../../test/support/proxy-harness.ts';
import { createAuthority, issueServer, type Authority } from '../../base/certificate.ts';

/** A proxy with `--ssl-cert-path` and `--ssl-key-path`, renewed as cert-manager does. */
const [first, second] = [createAuthority('first'), createAuthority('second')];
let folder: string;
let namespace: string;
let token: string;
let proxy: ProxyHarness;
const file = (name: string) => path.join(folder, name);

async function write(authority: Authority): Promise<void> {
  const { certPem, keyPem } = issueServer(authority, ['127.0.0.1']);
  await writeFile(file('tls.key'), keyPem, { mode: 0o600 });
  await writeFile(file('tls.crt'), certPem);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tenantry-certificate-'));
  await write(first);
  namespace = await freshNamespace('certificate');
  ({ token } = await freshAccount(namespace));
  proxy = await startProxyHarness([
    `--ssl-cert-path=${file('tls.crt')}`,
    `--ssl-key-path=${file('tls.key')}`,
  ]);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A connection of its own, to who has a certificate by that authority. */
async function get({ certPem: ca }: Authority, query: string): Promise<IncomingMessage> {
  const target = new URL(`/api/v1/namespaces/${namespace}/configmaps?${query}`, proxy.url);
  const headers = { authorization: `Bearer ${token}` };
  const request = https.get(target, { ca, agent: false, headers });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer;
}

const isServed = (authority: Authority) =>
  get(authority, 'limit=1').then(
    (answer) => {
      answer.resume();
      return answer.statusCode === 200;
    },
    () => false,
  );

test('takes up what is written in its place, and breaks nothing off for it', async () => {
  expect([await isServed(first), await isServed(second)]).toEqual([true, false]);
  const watch = await get(first, 'watch=1');
  let [told, isOver] = ['', false];
  watch.on('data', (piece: Buffer) => void (told += piece.toString()));
  watch.on('close', () => void (isOver = true));
  await write(second);
  await eventually('the new one is served', () => isServed(second));
  expect(await isServed(first)).toBe(false);
  await kubectlOk(['-n', namespace, 'create', 'configmap', 'later']);
  await eventually('the watch goes on', async () => told.includes('"name":"later"'));
  expect(isOver).toBe(false);
  watch.destroy();
});

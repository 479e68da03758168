import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshNamespace, kubectl, kubectlOk } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { freshAccount, installedAccount, kubeconfigOf } from '../support/proxy-harness.ts';
import { startProxyProcess, type ProxyProcess } from '../support/proxy-process.ts';

/** Two replicas that share nothing but a Secret, each a process of its own. */
let folder: string;
let home: string;
let namespace: string;
let replicas: [ProxyProcess, ProxyProcess];
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tenantry-replicas-'));
  [home, namespace] = await Promise.all([freshNamespace('proxy'), freshNamespace('tenant')]);
  const kubeconfig = await installedAccount(home, folder);
  ({ token } = await freshAccount(namespace));
  const start = () => startProxyProcess({ kubeconfig, namespace: home });
  replicas = await Promise.all([start(), start()]);
});
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]()));
  await rm(folder, { recursive: true, force: true });
});

async function authority(): Promise<string> {
  const read = ['-n', home, 'get', 'secret', 'capsule-proxy', '-o', 'jsonpath={.data.ca}'];
  return Buffer.from(await kubectlOk(read), 'base64').toString();
}

/** Reads through one of them, and trusts that authority. */
async function reads({ url }: ProxyProcess, caPem: string): Promise<boolean> {
  const kubeconfig = path.join(folder, `through-${new URL(url).port}`);
  await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(url, caPem, token)));
  const args = ['-n', namespace, 'get', 'configmaps', '-o', 'name'];
  const { code } = await kubectl(args, { kubeconfig });
  return code === 0;
}

test('replicas that start at the same moment agree on a certificate', async () => {
  const caPem = await authority();
  expect(await Promise.all(replicas.map((replica) => reads(replica, caPem)))).toEqual([true, true]);
});

test('when the certificate goes, all take up the next one while they serve', async () => {
  const before = await authority();
  await kubectlOk(['-n', home, 'delete', 'secret', 'capsule-proxy']);
  await eventually('there is another one', async () => (await authority()) !== before);
  const caPem = await authority();
  for (const replica of replicas) {
    await eventually('it is served', () => reads(replica, caPem));
  }
  expect(await reads(replicas[0], before)).toBe(false);
});

test('one that is killed is not missed by the other', async () => {
  const caPem = await authority();
  await replicas[0].kill();
  expect(await reads(replicas[0], caPem)).toBe(false);
  expect(await reads(replicas[1], caPem)).toBe(true);
  const metrics = await (await fetch(replicas[1].metricsUrl)).text();
  expect(metrics).toMatch(
    /capsule_proxy_requests_total\{path="\/api\/v1\/namespaces\/\{namespace\}\/configmaps",status="200"\} [1-9]/,
  );
  expect(metrics).toMatch(
    /capsule_proxy_response_time_seconds_count\{path="\/api\/v1\/namespaces\/\{namespace\}\/configmaps"\} [1-9]/,
  );
});

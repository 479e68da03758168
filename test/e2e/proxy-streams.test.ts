import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName, spawnKubectl } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { startKubelet, type Kubelet } from '../support/kubelet.ts';
import type { HarnessTenant } from '../support/tenancy-harness.ts';
import { startTenantProxy, type Persona, type TenantProxy } from '../support/tenant-proxy.ts';

/**
 * exec, attach, port-forward, logs and cp of the real kubectl, through the proxy and the API server to
 * something that speaks a kubelet's protocols, as the owner of a tenant and as its neighbour.
 */
let through: TenantProxy;
let kubelet: Kubelet;
let oil: HarnessTenant;
let alice: Persona;
let bob: Persona;
let folder: string;
const pod = 'web';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tenantry-streams-'));
  through = await startTenantProxy();
  const { tenancy } = through;
  kubelet = await startKubelet(tenancy.plane);
  const tenants = await Promise.all([tenancy.tenant(1), tenancy.tenant(1)]);
  [oil] = tenants;
  [alice, bob] = await Promise.all([through.owner(tenants[0]), through.owner(tenants[1])]);
  await eventually('the proxy has heard of both', async () => {
    const seen = await Promise.all([alice, bob].map((persona) => persona.names('ns')));
    return seen.join() === tenants.map(({ home }) => home).join();
  });
  const input = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace: oil.home },
    spec: { containers: [{ name: 'web', image: 'web' }], tolerations: [{ operator: 'Exists' }] },
  });
  // The API server waits a second for the account of a new namespace, and no longer.
  await eventually('the Pod is made', async () => {
    return (await alice.kubectl(['create', '-f', '-'], { input })).code === 0;
  });
  await kubelet.run(oil.home, pod);
});
afterAll(async () => {
  await kubelet?.[Symbol.asyncDispose]();
  await through?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What kubectl uses by itself since 1.31, and what it used before. */
const protocols: [string, Record<string, string>][] = [
  ['a websocket', {}],
  [
    'SPDY',
    { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' },
  ],
];
/** At `-v=4` kubectl says when a websocket was no use and it went back to SPDY. */
const isFallback = /fallback/i;
const inHome = (...args: string[]) => ['-n', oil.home, ...args];

/** kubectl that goes on until it is stopped, and what it has printed. */
function running(persona: Persona, args: readonly string[], env: Record<string, string> = {}) {
  const { kubeconfig } = persona;
  const child = spawnKubectl(inHome(...args), { kubeconfig, cluster: through.tenancy.plane, env });
  let seen = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => void (seen += chunk.toString()));
  }
  const closed = once(child, 'close') as Promise<[number | null]>;
  return {
    seen: () => seen,
    write: (text: string) => void child.stdin.write(text),
    /** Ends its input; its exit code. */
    async finish() {
      child.stdin.end();
      return (await closed)[0];
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await closed;
    },
  };
}

describe.each(protocols)('over %s', (_, env) => {
  test('exec: what goes in comes out, and how it ended is told', async () => {
    const hello = await alice.kubectl(inHome('exec', pod, '--', 'hostname'), { env });
    expect(hello).toEqual({ stdout: `${oil.home}/${pod}\n`, stderr: '', code: 0 });
    const told = await alice.kubectl(inHome('-v=4', 'exec', pod, '--', 'hostname'), { env });
    expect(told.stderr).not.toMatch(isFallback);
    const input = 'ä'.repeat(300_000);
    const echoed = await alice.kubectl(inHome('exec', '-i', pod, '--', 'cat'), { env, input });
    expect([echoed.code, echoed.stdout === input]).toEqual([0, true]);
    const absent = await alice.kubectl(inHome('exec', pod, '--', 'absent'), { env });
    expect(absent.code).toBe(127);
    expect(absent.stderr).toContain('absent: not found');
  });

  test('attach: both speak in turns', async () => {
    await using attached = running(alice, ['attach', '-i', pod], env);
    await eventually('it greets', async () => attached.seen().includes(`attached to ${oil.home}`));
    for (const word of ['one', 'two']) {
      attached.write(`${word}\n`);
      await eventually('it answers', async () => attached.seen().includes(`heard ${word}`));
    }
    expect(await attached.finish()).toBe(0);
  });

  test('port-forward: bytes pass both ways, several connections at once', async () => {
    await using forward = running(alice, ['-v=4', 'port-forward', `pod/${pod}`, ':80'], env);
    const port = await eventually('it listens', async () => {
      const [, found] = /127\.0\.0\.1:(\d+) -> 80/.exec(forward.seen()) ?? [];
      return found === undefined ? undefined : Number(found);
    });
    const echoes = ['first', 'second'].map(async (word) => {
      const socket = connect(port, '127.0.0.1');
      let seen = '';
      socket.on('data', (chunk: Buffer) => void (seen += chunk.toString()));
      socket.write(word);
      await eventually('it comes back', async () => seen === word);
      return socket;
    });
    for (const socket of await Promise.all(echoes)) socket.destroy();
    expect(forward.seen()).not.toMatch(isFallback);
  });

  test('cp: a file goes there and comes back', async () => {
    const [there, back] = [path.join(folder, 'there'), path.join(folder, freshName('back'))];
    await writeFile(there, 'x'.repeat(100_000));
    await alice.kubectlOk(inHome('cp', there, `${pod}:/tmp/copied`), { env });
    await alice.kubectlOk(inHome('cp', `${pod}:/tmp/copied`, back), { env });
    expect(await readFile(back, 'utf8')).toBe('x'.repeat(100_000));
  });

  test.each([
    ['exec', ['exec', pod, '--', 'hostname']],
    ['attach', ['attach', pod]],
    ['port-forward', ['port-forward', `pod/${pod}`, ':80']],
    ['cp', ['cp', `${pod}:/tmp/copied`, '/dev/null']],
  ])("%s is not the neighbour's", async (verb, args) => {
    const { code, stderr } = await bob.kubectl(inHome(...args), { env });
    expect([verb, code, stderr]).toEqual([verb, 1, expect.stringMatching(/Forbidden/) as string]);
  });
});

test('logs: what is there, and with -f what comes, as it comes', async () => {
  await using logs = running(alice, ['logs', '-f', '--tail=1', pod]);
  for (const word of ['early', 'late']) {
    await alice.kubectlOk(inHome('exec', pod, '--', 'log', word));
    await eventually('it is told', async () => logs.seen().includes(word));
  }
  const whole = await alice.kubectlOk(inHome('logs', pod));
  expect(whole.startsWith(`started ${oil.home}/${pod}\n`)).toBe(true);
  expect(whole.endsWith('early\nlate\n')).toBe(true);
});

test("logs are not the neighbour's, who is told no more of a Pod that is than of one that is not", async () => {
  const refusals = [pod, 'absent'].map(async (name) => {
    const { code, stderr } = await bob.kubectl(inHome('logs', name));
    return [code, stderr.replaceAll(name, 'NAME')];
  });
  const [one, other] = await Promise.all(refusals);
  expect(one).toEqual([1, expect.stringMatching(/Forbidden/) as string]);
  expect(other).toEqual(one);
});

/** A watch that ends may begin again; what runs in a Pod may not: it goes on until it is over. */
test('what is open when the proxy is told to end is broken off, and the client told', async () => {
  await using attached = running(alice, ['attach', '-i', pod]);
  await eventually('it greets', async () => attached.seen().includes('attached to'));
  await through.proxy.proxy.end(0);
  expect(await attached.finish()).not.toBe(0);
});

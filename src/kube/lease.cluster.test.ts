import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBreakableLink } from '../../test/support/breakable-link.ts';
import { clusterContext, freshName } from '../../test/support/cluster.ts';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { createClient, type ClosableClient } from './connect.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { leaseType as leases } from './lease-record.ts';
import { LeadershipLostError, runAsLeader, type LeaseOptions } from './lease.ts';
import type { KubeObject } from './object.ts';

interface Lease extends KubeObject {
  spec: { holderIdentity: string; leaseTransitions: number; renewTime: string };
}

const namespace = 'default';
const folder = mkdtempSync(path.join(tmpdir(), 'tenantry-lease-'));
let cluster: ClusterConfig;
let client: ClosableClient;
const children: ChildProcess[] = [];

beforeAll(async () => {
  cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  client = createClient({ cluster });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await client.close();
  rmSync(folder, { recursive: true, force: true });
});

function elector(lease: string, holder: string, journal: string): ChildProcess {
  const program = path.resolve(import.meta.dirname, '../../test/support/elector.ts');
  const { kubeconfig } = clusterContext();
  const child = spawn(process.execPath, [program, kubeconfig, namespace, lease, holder, journal], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  children.push(child);
  return child;
}

interface Entry {
  at: number;
  holder: string;
  what: string;
}
const read = (journal: string): Entry[] =>
  readFileSync(journal, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '))
    .map(([at, holder = '', what = '']) => ({ at: Number(at), holder, what }));

/** Every moment has one leader: the tenures by holder, in order, checked not to overlap. */
function tenures(entries: Entry[]): string[] {
  const holders: string[] = [];
  for (const { holder } of entries) if (holders.at(-1) !== holder) holders.push(holder);
  return holders;
}

describe('two processes', () => {
  test('lead one at a time; when the leader is killed the other takes over, not before', async () => {
    const lease = freshName('killed');
    const journal = path.join(folder, lease);
    writeFileSync(journal, '');
    const processes = { a: elector(lease, 'a', journal), b: elector(lease, 'b', journal) };
    await expect.poll(() => read(journal).length).toBeGreaterThan(5);
    const first = read(journal)[0]?.holder === 'a' ? 'a' : 'b';
    const second = first === 'a' ? 'b' : 'a';
    processes[first].kill('SIGKILL');
    await once(processes[first], 'close');
    const { renewTime } = (await client.get<Lease>(leases, { namespace, name: lease })).spec;
    const leads = (holder: string) => () => read(journal).some((entry) => entry.holder === holder);
    await expect.poll(leads(second)).toBe(true);
    expect(tenures(read(journal))).toEqual([first, second]);
    const taken = read(journal).find(({ holder }) => holder === second);
    // As long as the Lease of the elector lasts.
    expect((taken?.at ?? 0) - Date.parse(renewTime)).toBeGreaterThanOrEqual(6_000);
    const { spec } = await client.get<Lease>(leases, { namespace, name: lease });
    expect(spec).toMatchObject({ holderIdentity: second, leaseTransitions: 1 });
    processes[second].kill('SIGTERM');
    await once(processes[second], 'close');
  });

  test('hand over at once when the leader steps down', async () => {
    const lease = freshName('released');
    const journal = path.join(folder, lease);
    writeFileSync(journal, '');
    const a = elector(lease, 'a', journal);
    await expect.poll(() => read(journal).length).toBeGreaterThan(5);
    const b = elector(lease, 'b', journal);
    const renewed = (await client.get<Lease>(leases, { namespace, name: lease })).spec.renewTime;
    const later = async () =>
      (await client.get<Lease>(leases, { namespace, name: lease })).spec.renewTime !== renewed;
    await expect.poll(later).toBe(true);
    a.kill('SIGTERM');
    expect(await once(a, 'close')).toEqual([0, null]);
    expect(read(journal).findLast(({ holder }) => holder === 'a')?.what).toBe('stop');
    await expect.poll(() => tenures(read(journal))).toEqual(['a', 'b']);
    b.kill('SIGTERM');
    await once(b, 'close');
    const { spec } = await client.get<Lease>(leases, { namespace, name: lease });
    expect(spec.holderIdentity).toBe('');
  });
});

const options = (name: string, more: Partial<LeaseOptions> = {}): LeaseOptions => ({
  client,
  namespace,
  name,
  holder: 'me',
  clock: systemClock,
  log: silentLog,
  leaseMs: 15_000,
  renewMs: 10_000,
  retryMs: 200,
  signal: AbortSignal.timeout(120_000),
  ...more,
});

describe('leadership is lost', () => {
  test('when the API server cannot be reached for as long as the deadline', async () => {
    const { server } = cluster;
    await using link = await openBreakableLink(server);
    await using far = createClient({ cluster: { ...cluster, server: link.url } });
    const short = { client: far, leaseMs: 3_000, renewMs: 1_000 };
    const leading = runAsLeader(options(freshName('cut'), short), async (signal) => {
      link.block();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error('what the work made of it');
    });
    await expect(leading).rejects.toThrow(LeadershipLostError);
  });

  test('when somebody else took the Lease by force', async () => {
    const name = freshName('stolen');
    const leading = runAsLeader(options(name), async (signal) => {
      const body = { spec: { holderIdentity: 'thief', leaseDurationSeconds: 60 } };
      await client.patch(leases, { namespace, name }, { type: 'merge', body });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    await expect(leading).rejects.toThrow(LeadershipLostError);
    const { spec } = await client.get<Lease>(leases, { namespace, name });
    expect(spec.holderIdentity).toBe('thief');
  });

  test('but not by a foreign edit of the Lease', async () => {
    const name = freshName('edited');
    const controller = new AbortController();
    await runAsLeader(options(name, { signal: controller.signal }), async (signal) => {
      const body = { metadata: { labels: { touched: 'yes' } } };
      const { metadata } = await client.patch(leases, { namespace, name }, { type: 'merge', body });
      const renewed = async () =>
        (await client.get(leases, { namespace, name })).metadata.resourceVersion !==
        metadata.resourceVersion;
      await expect.poll(renewed).toBe(true);
      expect(signal.aborted).toBe(false);
      controller.abort();
    });
  });
});

test('work that fails releases the Lease and gives its error', async () => {
  const name = freshName('failed');
  const work = () => Promise.reject(new Error('broken work'));
  await expect(runAsLeader(options(name), work)).rejects.toThrow('broken work');
  const { spec } = await client.get<Lease>(leases, { namespace, name });
  expect(spec.holderIdentity).toBe('');
});

test('a Lease that is not released expires by itself', async () => {
  const name = freshName('kept');
  await runAsLeader(options(name, { releases: false }), async () => {});
  const { spec } = await client.get<Lease>(leases, { namespace, name });
  expect(spec.holderIdentity).toBe('me');
});

test('who waits for a Lease can be told to stop', async () => {
  const name = freshName('waiting');
  const controller = new AbortController();
  await runAsLeader(options(name), async () => {
    let worked = false;
    const other = runAsLeader(
      options(name, { holder: 'other', signal: controller.signal }),
      async () => void (worked = true),
    );
    controller.abort();
    await other;
    expect(worked).toBe(false);
  });
});

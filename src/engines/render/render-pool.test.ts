import { globSync, readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import {
  aliasBomb,
  buildPath,
  configMap,
  endlessFiles,
  engineBinary,
  engineBuildMs,
  loadRequest,
  startPool,
} from './__fixtures__/engine.ts';
import { packSource } from './__fixtures__/tarball.ts';
import { niceness } from './process-priority.ts';
import type { EngineSession, RenderPool, RenderPoolOptions } from './render-pool.ts';
import { createRenderPool } from './render-pool.ts';

const endless = packSource(endlessFiles());
const simple = packSource({
  'kustomization.yaml': 'resources: [map.yaml]\n',
  'map.yaml': configMap('map'),
});
const buildSimple = (engine: EngineSession) => buildPath(engine, simple);
const buildEndless = (engine: EngineSession) => buildPath(engine, endless);

const pools: RenderPool[] = [];
async function open(options: Partial<RenderPoolOptions> = {}): Promise<RenderPool> {
  const pool = await startPool(options);
  pools.push(pool);
  return pool;
}

beforeAll(() => engineBinary().then(() => {}), engineBuildMs);
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('a job', () => {
  test('that exceeds its deadline is ended, and the next finds a fresh process', async () => {
    const changes: string[] = [];
    const pool = await open({
      size: 1,
      metrics: { processChanged: (change) => changes.push(change) },
    });
    const failed = pool.run({ tenant: 'a', deadlineMs: 300 }, buildEndless);
    await expect(failed).rejects.toMatchObject({
      code: 'deadline-exceeded',
      message: expect.stringContaining('300ms') as string,
    });
    expect(await pool.run({ tenant: 'a' }, buildSimple)).toContain('ConfigMap');
    await expect.poll(() => changes.filter((change) => change === 'lost')).toHaveLength(1);
  });

  test('that exceeds its memory is ended, and the next finds a fresh process', async () => {
    const pool = await open({ size: 1, maxMemoryBytes: 256 << 20, deadlineMs: 120_000 });
    const bomb = packSource({
      'kustomization.yaml': 'resources: [map.yaml]\n',
      'map.yaml': configMap('map') + aliasBomb(),
    });
    await expect(
      pool.run({ tenant: 'a' }, (engine) => buildPath(engine, bomb)),
    ).rejects.toMatchObject({
      code: 'memory-exceeded',
    });
    expect(await pool.run({ tenant: 'a' }, buildSimple)).toContain('ConfigMap');
  }, 120_000);

  test.runIf(process.platform === 'linux')(
    'whose process is killed from outside is answered, and the next succeeds',
    async () => {
      const pool = await open({ size: 1 });
      const answer = pool.run({ tenant: 'a' }, async (engine) => {
        await engine.request(loadRequest(endless));
        const building = buildEndless(engine);
        for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL');
        return building;
      });
      await expect(answer).rejects.toMatchObject({ code: 'engine-crashed' });
      expect(await pool.run({ tenant: 'a' }, buildSimple)).toContain('ConfigMap');
    },
  );

  test('that is aborted while it runs ends with the reason', async () => {
    const pool = await open({ size: 1 });
    const abort = new AbortController();
    const answer = pool.run({ tenant: 'a', signal: abort.signal }, buildEndless);
    setTimeout(() => abort.abort(new Error('no longer wanted')), 50);
    await expect(answer).rejects.toThrow('no longer wanted');
  });

  test('that is aborted before its turn never has a process', async () => {
    const pool = await open({ size: 1 });
    const abort = new AbortController();
    const first = pool.run({ tenant: 'a', deadlineMs: 200 }, buildEndless).catch(() => {});
    let ran = false;
    const second = pool.run({ tenant: 'b', signal: abort.signal }, async () => (ran = true));
    abort.abort(new Error('changed my mind'));
    await expect(second).rejects.toThrow('changed my mind');
    await expect(
      pool.run({ tenant: 'b', signal: abort.signal }, async () => (ran = true)),
    ).rejects.toThrow('changed my mind');
    await first;
    expect(ran).toBe(false);
  });

  test('that waits for something else than its process leaves the process alive', async () => {
    const changes: string[] = [];
    const pool = await open({
      size: 1,
      metrics: { processChanged: (change) => changes.push(change) },
    });
    await pool.run({ tenant: 'a' }, buildSimple);
    const stuck = pool.run({ tenant: 'a', deadlineMs: 50 }, () => new Promise(() => {}));
    await expect(stuck).rejects.toMatchObject({ code: 'deadline-exceeded' });
    await pool.run({ tenant: 'a' }, buildSimple);
    expect(changes).toEqual(['started']);
  });

  test('cannot reach into the process after its end', async () => {
    const pool = await open({ size: 1 });
    let kept: EngineSession | undefined;
    await pool.run({ tenant: 'a' }, async (engine) => (kept = engine));
    await expect(kept?.request(loadRequest(simple))).rejects.toMatchObject({
      code: 'engine-unavailable',
    });
  });

  test('that left a request behind takes its process with it', async () => {
    const pool = await open({ size: 1 });
    await pool.run({ tenant: 'a' }, async (engine) => {
      void buildEndless(engine).catch(() => {});
    });
    expect(await pool.run({ tenant: 'a' }, buildSimple)).toContain('ConfigMap');
  });
});

describe('tenants', () => {
  test('are not delayed by the endless builds of another', async () => {
    const pool = await open({ size: 2, deadlineMs: 60_000 });
    const stop = new AbortController();
    let ended = 0;
    const flood = Array.from({ length: 20 }, () =>
      pool
        .run({ tenant: 'noisy', signal: stop.signal }, buildEndless)
        .catch(() => {})
        .finally(() => (ended += 1)),
    );
    for (let i = 0; i < 5; i += 1) {
      expect(await pool.run({ tenant: 'quiet' }, buildSimple)).toContain('ConfigMap');
    }
    expect(ended).toBe(0);
    stop.abort();
    await Promise.all(flood);
  });

  test.runIf(process.platform === 'linux')(
    'that go on give way to others, and their process serves no other',
    async () => {
      const changes: string[] = [];
      const processChanged = (change: string) => changes.push(change);
      const pool = await open({ size: 1, metrics: { processChanged } });
      const isDemoted = () =>
        childrenOf(process.pid).some((pid) => nicenessOf(pid).every((n) => n === niceness.long));
      await pool.run({ tenant: 'noisy' }, async (engine) => {
        while (!isDemoted()) await buildSimple(engine);
      });
      expect(await pool.run({ tenant: 'a' }, buildSimple)).toContain('ConfigMap');
      await expect.poll(() => changes.toSorted()).toEqual(['started', 'started', 'stopped']);
      expect(isDemoted()).toBe(false);
    },
    60_000,
  );

  test('take turns when there is one process', async () => {
    const pool = await open({ size: 1 });
    const order: string[] = [];
    const run = (tenant: string, name: string) =>
      pool.run({ tenant }, async (engine) => {
        await buildSimple(engine);
        order.push(name);
      });
    await Promise.all([
      run('a', 'a1'),
      run('a', 'a2'),
      run('a', 'a3'),
      run('b', 'b1'),
      run('c', 'c1'),
    ]);
    expect(order).toEqual(
      ['a1', 'b1', 'c1', 'a2', 'a3'].sort((x, y) => order.indexOf(x) - order.indexOf(y)),
    );
    expect(order.indexOf('b1')).toBeLessThan(order.indexOf('a3'));
    expect(order.indexOf('c1')).toBeLessThan(order.indexOf('a3'));
  });

  test('never hold all processes, however many jobs they have', async () => {
    const pool = await open({ size: 3 });
    let now = 0;
    let most = 0;
    const both = Promise.withResolvers<void>();
    const job = async () => {
      now += 1;
      most = Math.max(most, now);
      if (most === 2) both.resolve();
      // However long the second process takes to start.
      await both.promise;
      await pause(5);
      now -= 1;
    };
    await Promise.all(Array.from({ length: 12 }, () => pool.run({ tenant: 'a' }, job)));
    expect(most).toBe(2);
  });
});

describe('a pool', () => {
  test('stops the processes without work, but one', async () => {
    const clock = createFakeClock();
    const changes: string[] = [];
    let seen = Promise.withResolvers<void>();
    const pool = await open({
      size: 3,
      idleMs: 1000,
      clock,
      metrics: {
        processChanged(change) {
          changes.push(change);
          if (change === 'stopped') seen.resolve();
        },
      },
    });
    await Promise.all([
      pool.run({ tenant: 'a' }, buildSimple),
      pool.run({ tenant: 'b' }, buildSimple),
    ]);
    expect(changes).toEqual(['started', 'started']);
    await clock.advance(1000);
    await seen.promise;
    seen = Promise.withResolvers();
    await clock.advance(10_000);
    expect(changes).toEqual(['started', 'started', 'stopped']);
    expect(await pool.run({ tenant: 'a' }, buildSimple)).toContain('ConfigMap');
  });

  test('gives a job the process that has its artifact', async () => {
    const pool = await open({ size: 2 });
    const other = packSource({ 'kustomization.yaml': 'namespace: x\n' });
    const hold = Promise.withResolvers<void>();
    const first = pool.run({ tenant: 'a', affinity: simple.digest }, async (engine) => {
      await engine.request(loadRequest(simple));
      await hold.promise;
    });
    const second = pool.run({ tenant: 'b', affinity: other.digest }, async (engine) => {
      await engine.request(loadRequest(other));
      hold.resolve();
    });
    await Promise.all([first, second]);
    for (const { digest } of [other, simple, simple, other]) {
      await pool.request({
        tenant: 'c',
        affinity: digest,
        op: 'inspect',
        params: { artifact: digest, path: '' },
      });
    }
  });

  test('counts what it does', async () => {
    const jobs: { tenant: string; outcome: string }[] = [];
    const pool = await open({ metrics: { jobEnded: (job) => jobs.push(job) } });
    await pool.run({ tenant: 'a' }, buildSimple);
    await pool.request({ tenant: 'b', op: 'none', params: {} }).catch(() => {});
    await pool
      .run({ tenant: 'c' }, () => Promise.reject(new DOMException('stop', 'AbortError')))
      .catch(() => {});
    expect(jobs).toMatchObject([
      { tenant: 'a', outcome: 'ok', waitedMs: expect.any(Number) as number },
      { tenant: 'b', outcome: 'bad-request' },
      { tenant: 'c', outcome: 'aborted' },
    ]);
  });

  test('lets its jobs finish when it closes, and takes no more', async () => {
    const pool = await startPool({ size: 1 });
    const results = [
      pool.run({ tenant: 'a' }, buildSimple),
      pool.run({ tenant: 'a' }, buildSimple),
    ];
    const closed = pool.close();
    await expect(pool.run({ tenant: 'a' }, buildSimple)).rejects.toMatchObject({
      code: 'engine-unavailable',
    });
    await closed;
    for (const result of results) expect(await result).toContain('ConfigMap');
  });

  test('answers every job when its binary does not start', async () => {
    const pool = createRenderPool({
      binary: '/nonexistent/engine',
      size: 2,
      maxMemoryBytes: 1 << 28,
      deadlineMs: 1000,
      log: { trace() {}, debug() {}, info() {}, error() {}, child: () => never() },
    });
    const jobs = ['a', 'b', 'b', 'c'].map((tenant) => pool.run({ tenant }, buildSimple));
    for (const job of await Promise.allSettled(jobs)) {
      expect(job).toMatchObject({ status: 'rejected', reason: { code: 'engine-unavailable' } });
    }
    await pool.close();
  });
});

/** Of all threads of a process. */
function nicenessOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => getPriority(Number(thread)));
}

/** The engines of this process, whichever of its threads started them. */
function childrenOf(pid: number): number[] {
  return globSync(`/proc/${pid}/task/*/children`)
    .flatMap((file) => readFileSync(file, 'utf8').split(' '))
    .filter(Boolean)
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('--max-memory='));
}

function never(): never {
  throw new Error('not called');
}

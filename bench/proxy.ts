import { latencyOf, type Latency } from './latency.ts';
import { benchClient, type BenchClient } from './proxy-client.ts';
import { probe, startProxyStage, type ProxyStage } from './proxy-stage.ts';
import { ownCpuSeconds, usageOf } from './processes.ts';

/** What `--proxy` was asked for. */
export interface ProxyBenchOptions {
  /** Namespaces of the cluster, 20 of them the tenant's. */
  namespaces: number;
  /** Watches at once. */
  watches: number;
}

/** Two ways to the same answer. */
interface Compared {
  direct: Latency;
  through: Latency;
}

/** What a run found; what `--json` prints. */
export interface ProxyResults {
  options: ProxyBenchOptions;
  /** One after the other, by turns. */
  get: Compared;
  /** The tenant's namespaces through the proxy, and as an admin asks for them by their labels. */
  list: Compared & { items: number };
  /** Gets a second, and what each took of the proxy's own processor time. */
  throughput: { direct: number; through: number; proxyCpuMs: number };
  memory: { atRestMb: number; withWatchesMb: number; afterMb: number };
}

const own = 20;
const samples = 2000;
const listSamples = 200;
const lanes = 16;
const throughputSeconds = 10;

/** What it costs to go through the proxy, in one run against the API server itself. */
export async function runProxyBench(
  options: ProxyBenchOptions,
  signal: AbortSignal,
): Promise<ProxyResults> {
  const size = { own, all: options.namespaces };
  await using bench = await startProxyStage(size, signal);
  const { stage, proxy, token, namespaces } = bench;
  using direct = benchClient(bench.direct, token);
  using through = benchClient(bench.through, token);
  const path = `/api/v1/namespaces/${namespaces[0]}/configmaps/${probe}`;
  await ready(through, path);
  stage.progress('latency of gets');
  const get = await compare(
    samples,
    () => direct.get(path),
    () => through.get(path),
  );
  stage.progress('lists');
  const list = await compareLists(bench, through);
  stage.progress('throughput');
  const cpuBefore = ownCpuSeconds(proxy.pid);
  const fast = await throughput(through, path);
  const proxyCpuMs = ((ownCpuSeconds(proxy.pid) - cpuBefore) * 1000) / (fast * throughputSeconds);
  const rates = { direct: await throughput(direct, path), through: fast, proxyCpuMs };
  stage.progress(`${options.watches} watches`);
  const memory = await measureWatches(bench, options.watches);
  return { options, get, list, throughput: rates, memory };
}

async function ready(client: BenchClient, path: string): Promise<void> {
  for (const deadline = performance.now() + 60_000; ; await pause(100)) {
    try {
      await client.get(path);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

async function compare(
  count: number,
  direct: () => Promise<unknown>,
  through: () => Promise<unknown>,
): Promise<Compared> {
  const taken = { direct: [] as number[], through: [] as number[] };
  for (let index = -50; index < count; index++) {
    const [one, two] = [await timed(direct), await timed(through)];
    if (index < 0) continue;
    taken.direct.push(one);
    taken.through.push(two);
  }
  return { direct: latencyOf(taken.direct), through: latencyOf(taken.through) };
}

async function compareLists({ stage, namespaces }: ProxyStage, through: BenchClient) {
  const names = `kubernetes.io/metadata.name in (${namespaces.join(',')})`;
  const query = { labelSelector: names };
  const asAdmin = () => stage.admin.raw({ method: 'GET', path: '/api/v1/namespaces', query });
  const asTenant = () => through.get('/api/v1/namespaces');
  const { items } = JSON.parse((await asTenant()).toString()) as { items: unknown[] };
  return { items: items.length, ...(await compare(listSamples, asAdmin, asTenant)) };
}

/** Gets a second, with so many under way at once. */
async function throughput(client: BenchClient, path: string): Promise<number> {
  let count = 0;
  const until = performance.now() + throughputSeconds * 1000;
  const lane = async () => {
    for (; performance.now() < until; count++) await client.get(path);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return count / throughputSeconds;
}

async function measureWatches(bench: ProxyStage, count: number): Promise<ProxyResults['memory']> {
  const { through, token, namespaces, proxy } = bench;
  const atRestMb = usageOf(proxy.pid).residentMb;
  using client = benchClient(through, token);
  let events = 0;
  for (let index = 0; index < count; index++) {
    const namespace = namespaces[index % namespaces.length] ?? '';
    const answer = await client.open(`/api/v1/namespaces/${namespace}/configmaps?watch=1`);
    answer.on('data', () => events++);
    answer.on('error', () => {});
  }
  await pause(5000);
  if (events < count) throw new Error(`${count} watches have told of ${events} objects`);
  const withWatchesMb = usageOf(proxy.pid).residentMb;
  client[Symbol.dispose]();
  await pause(10_000);
  return { atRestMb, withWatchesMb, afterMb: usageOf(proxy.pid).residentMb };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

import { messageOf } from '../base/errors.ts';
import { openEndpoint, type Endpoint } from './http-endpoint.ts';

/** One thing that health depends on: undefined when it is well, otherwise what is wrong. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>;

export interface HealthServerOptions {
  /** `--health-addr`, `:9440` by default. */
  address: string;
  /** `/healthz`: the process is worth keeping (no run is stuck). */
  live?: Readonly<Record<string, HealthCheck>>;
  /** `/readyz`: it can do its work (caches synced, artifact server listening). */
  ready?: Readonly<Record<string, HealthCheck>>;
}

/** Answers the kubelet's probes: 200 when every check is well, 503 with the checks that are not. */
export function openHealthServer(options: HealthServerOptions): Promise<Endpoint> {
  const { address, live = {}, ready = {} } = options;
  return openEndpoint(address, async (path) => {
    if (path === '/healthz') return await answer(live);
    if (path === '/readyz') return await answer({ ...live, ...ready });
    return undefined;
  });
}

async function answer(checks: Readonly<Record<string, HealthCheck>>) {
  const problems = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const problem = await ask(check);
      return problem === undefined ? [] : [`${name}: ${problem}`];
    }),
  );
  const lines = problems.flat();
  const type = 'text/plain; charset=utf-8';
  return lines.length === 0
    ? { status: 200, type, body: 'ok\n' }
    : { status: 503, type, body: `${lines.join('\n')}\n` };
}

async function ask(check: HealthCheck): Promise<string | undefined> {
  try {
    return await check();
  } catch (error) {
    return messageOf(error);
  }
}

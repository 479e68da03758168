import { parseOptions, type BenchOptions } from './options.ts';
import { runProxyBench } from './proxy.ts';
import { formatProxy } from './proxy-report.ts';
import { formatResults } from './report.ts';
import { runBench } from './run-bench.ts';
import { formatTenancy } from './tenancy-report.ts';
import { runTenancyBench } from './tenancy.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

/** Runs what was asked for and prints what it found. */
async function main(options: BenchOptions): Promise<void> {
  const print = <T>(results: T, format: (results: T) => string) =>
    console.log(options.json ? JSON.stringify(results, undefined, 2) : format(results));
  if (options.proxy) print(await runProxyBench(options, stop.signal), formatProxy);
  else if (options.tenancy) print(await runTenancyBench(options, stop.signal), formatTenancy);
  else print(await runBench(options, stop.signal), formatResults);
}

const options = parseOptions(process.argv.slice(2));
if (options) await main(options);

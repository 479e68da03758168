import { parseOptions } from './options.ts';
import { formatResults } from './report.ts';
import { runBench } from './run-bench.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const options = parseOptions(process.argv.slice(2));
if (options) {
  const results = await runBench(options, stop.signal);
  console.log(options.json ? JSON.stringify(results, undefined, 2) : formatResults(results));
}

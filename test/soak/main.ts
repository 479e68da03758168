import { mkdirSync } from 'node:fs';
import { showProgress } from '../../src/engines/native/build-progress.ts';
import { buildNative } from '../../src/engines/native/build-native.ts';
import { parseOptions } from './options.ts';
import { formatResult } from './report.ts';
import { runSoak } from './run-soak.ts';

const options = parseOptions(process.argv.slice(2));
if (options) {
  if (options.keep !== undefined) mkdirSync(options.keep, { recursive: true });
  // What the manager would build by itself, without telling how far it is.
  await buildNative('engine', { onProgress: showProgress(process.stderr) });
  const result = await runSoak(options, (text) => console.error(text));
  console.log(options.json ? JSON.stringify(result, undefined, 2) : formatResult(result));
  if (result.wrong.length > 0) process.exitCode = 1;
}

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { showProgress } from '../src/engines/native/build-progress.ts';
import { buildNative } from '../src/engines/native/build-native.ts';

/**
 * `npm test [-- vitest arguments]`: builds what is native (once; cached outside the tree), then
 * runs every test: unit, behaviour on a real API server, end to end. Ends with `N passed, N failed`.
 */
const bin = path.resolve(import.meta.dirname, '../node_modules/.bin');
const results = path.join(tmpdir(), `tenantry-test-${process.pid}.json`);

const onProgress = showProgress(process.stderr);
await buildNative('engine', { onProgress });
await buildNative('plane', { onProgress });
await buildNative('kubelet', { onProgress });
await buildNative('browse', { onProgress });

const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const child = spawn(path.join(bin, 'vitest'), [...args, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
const code = await new Promise<number>((resolve) =>
  child.on('close', (status) => resolve(status ?? 1)),
);

interface Results {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
}

function readResults(): Results | undefined {
  try {
    return JSON.parse(readFileSync(results, 'utf8')) as Results;
  } catch {
    return undefined;
  } finally {
    rmSync(results, { force: true });
  }
}

const counted = readResults();
// A file that fails to load fails no test of its own, but must not count as none.
const failed = counted ? Math.max(counted.numFailedTests, code === 0 ? 0 : 1) : 1;
console.log(`${counted?.numPassedTests ?? 0} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

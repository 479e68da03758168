import { showProgress } from '../src/engines/native/build-progress.ts';
import { buildNative } from '../src/engines/native/build-native.ts';
import { runTests } from './run-tests.ts';

/**
 * `npm test [-- [--slowest] vitest arguments]`: builds what is native (once; cached outside the tree), then
 * runs every test: unit, behaviour on a real API server, end to end. Ends with what passed only when
 * it was tried again, and `N passed, N failed`; `--slowest` tells the files that took longest.
 */
const onProgress = showProgress(process.stderr);
await buildNative('engine', { onProgress });
await buildNative('plane', { onProgress });
await buildNative('kubelet', { onProgress });
await buildNative('browse', { onProgress });

const args = process.argv.slice(2);
const { passed, failed, triedAgain, slowest } = await runTests(
  args.filter((each) => each !== '--slowest'),
);
if (args.includes('--slowest')) console.log(['Slowest:', ...slowest].join('\n  '));
if (triedAgain.length > 0)
  console.log(['Passed only when tried again:', ...triedAgain].join('\n  '));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

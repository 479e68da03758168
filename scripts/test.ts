import { showProgress } from '../src/engines/native/build-progress.ts';
import { buildNative } from '../src/engines/native/build-native.ts';
import { runTests } from './run-tests.ts';

/**
 * `npm test [-- vitest arguments]`: builds what is native (once; cached outside the tree), then
 * runs every test: unit, behaviour on a real API server, end to end. Ends with what passed only when
 * it was tried again, and `N passed, N failed`.
 */
const onProgress = showProgress(process.stderr);
await buildNative('engine', { onProgress });
await buildNative('plane', { onProgress });
await buildNative('kubelet', { onProgress });
await buildNative('browse', { onProgress });

const { passed, failed, triedAgain } = await runTests(process.argv.slice(2));
if (triedAgain.length > 0)
  console.log(['Passed only when tried again:', ...triedAgain].join('\n  '));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

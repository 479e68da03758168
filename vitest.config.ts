import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** A fifth of an API server's work here is Go's collecting of garbage: its planes spend memory instead. */
process.env['GOGC'] ??= '400';

/** Left to itself, vitest keeps one core free. */
const cores = availableParallelism();

/** Half of the time tests on a plane wait for something: two files more than there are cores fill it. */
const onPlaneWorkers = cores + 2;

/** Where all that a run leaves behind is found, and told. */
const temporaryFolder = 'test/support/temporary-folder.ts';

/**
 * A test that needs a control plane is tried again when it fails, because machines are shared and waits
 * have an end. Not at once: what was in its way should be over. `npm test` ends with what it helped.
 */
const onPlane = {
  globalSetup: [temporaryFolder, 'test/support/plane-setup.ts'],
  setupFiles: ['test/support/after-kubectl.ts'],
  retry: { count: 2, delay: 5_000 },
};

/** How long anything may take, so that a slow machine says the same as a fast one. Milliseconds. */
const patient = {
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
};

/**
 * `unit` talks to nothing outside the process tree. `cluster` and `e2e` share one
 * control plane per run, started by test/support/plane-setup.ts, and run beside each other: the
 * last minutes are not spent on one long file.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/architecture/**/*.test.ts',
            'test/support/**/*.test.ts',
            'test/soak/**/*.test.ts',
          ],
          globalSetup: [temporaryFolder],
          setupFiles: ['test/support/fixed-chance.ts'],
          exclude: ['**/*.cluster.test.ts', '**/node_modules/**'],
          ...patient,
          maxWorkers: cores,
          // Files of a worker share their modules, none of which keeps state for itself: two thirds
          // of the time went into loading them anew.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['src/**/*.cluster.test.ts', 'test/conformance/**/*.test.ts'],
          ...onPlane,
          ...patient,
          maxWorkers: onPlaneWorkers,
          // As above: a second of work for each file.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          ...onPlane,
          ...patient,
          // Some do the same many times over.
          testTimeout: 900_000,
          maxWorkers: onPlaneWorkers,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

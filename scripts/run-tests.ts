import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const vitest = path.resolve(import.meta.dirname, '../node_modules/.bin/vitest');

/** What became of a run. */
export interface Outcome {
  passed: number;
  /** Never 0 of a run that went wrong. */
  failed: number;
  /** What passed only when it was tried again, a line each, with why it had failed. */
  triedAgain: string[];
  /** The files that took longest, a line each with their seconds, the longest first. */
  slowest: string[];
}

/** Runs vitest with further arguments; a signal to this process ends it. What it prints goes to `stdio`. */
export async function runTests(
  args: readonly string[],
  stdio: 'inherit' | 'ignore' = 'inherit',
): Promise<Outcome> {
  const file = path.join(tmpdir(), `tenantry-test-${process.pid}.json`);
  const reporting = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const child = spawn(vitest, ['run', ...reporting, ...args], { stdio });
  const end = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  const code = await new Promise<number>((resolve) =>
    child.on('close', (status) => resolve(status ?? 1)),
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  return outcomeOf(takeReport(file), code);
}

/** What is looked at of the JSON report of vitest. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  /** One for each file; its `name` is its path. */
  testResults: FileResult[];
}

interface FileResult {
  name: string;
  /** Milliseconds since 1970. */
  startTime: number;
  endTime: number;
  assertionResults: TestResult[];
}

interface TestResult {
  fullName: string;
  status: string;
  /** Those of a test that passed are of its earlier tries. */
  failureMessages: string[];
}

function takeReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, testResults: [] };
  } finally {
    rmSync(file, { force: true });
  }
}

function outcomeOf({ numPassedTests, numFailedTests, testResults }: Report, code: number): Outcome {
  const triedAgain = testResults.flatMap((file) =>
    file.assertionResults
      .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
      .map(({ fullName, failureMessages: [first = ''] }) => {
        const [why = ''] = first.split('\n');
        return `${pathOf(file)}: ${fullName}: ${why}`;
      }),
  );
  // A file that fails to load fails no test of its own, but must not count as none.
  const failed = Math.max(numFailedTests, code === 0 ? 0 : 1);
  return { passed: numPassedTests, failed, triedAgain, slowest: slowestOf(testResults) };
}

function slowestOf(files: readonly FileResult[]): string[] {
  const tookMs = ({ startTime, endTime }: FileResult) => endTime - startTime;
  return files
    .toSorted((one, other) => tookMs(other) - tookMs(one))
    .slice(0, 30)
    .map((file) => `${(tookMs(file) / 1000).toFixed(1).padStart(6)} s ${pathOf(file)}`);
}

const pathOf = ({ name }: FileResult) => path.relative(process.cwd(), name);

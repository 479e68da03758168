import type { SoakResult } from './run-soak.ts';

/** A soak's result for people. */
export function formatResult(result: SoakResult): string {
  const { options, done, wrong, checks, objects, memory, growth, errorLines } = result;
  const lines = [
    `${options.count} Kustomizations, ${objects} objects, ${options.minutes} minutes, seed ${options.seed}`,
    '',
    ...Object.entries(done)
      .sort(([, one], [, two]) => two - one)
      .map(([name, count]) => `${String(count).padStart(6)}  ${name}`),
    '',
    `compared with Git ${checks} times; ${errorLines} error lines in the log`,
    `resident MB after garbage collection: ${memory.map(({ residentMb }) => residentMb.toFixed(0)).join(' ')}`,
    `heap MB after garbage collection:     ${memory.map(({ heapMb }) => heapMb.toFixed(1)).join(' ')}`,
    `growth per hour in the second half: ${growth.residentMb.toFixed(1)} MB resident, ${growth.heapMb.toFixed(1)} MB heap`,
    '',
    wrong.length === 0 ? 'It holds.' : `${wrong.length} things are wrong:\n${wrong.join('\n')}`,
  ];
  return lines.join('\n');
}

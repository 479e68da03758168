import { describe, expect, test } from 'vitest';
import { progressLine, progressLines, showProgress, type BuildProgress } from './build-progress.ts';

const at = (seconds: number, progress: Partial<BuildProgress> = {}): BuildProgress => ({
  program: 'plane',
  phase: 'compiling',
  done: seconds * 10,
  total: 2717,
  elapsedMs: seconds * 1000,
  ...progress,
});

describe('build progress', () => {
  test.each([
    [at(72), 'Building plane: 720 of 2717 packages, 1m12s'],
    [at(3, { phase: 'fetching', done: 17 }), 'Building plane: 17 modules fetched, 3s'],
    [at(260, { phase: 'linking' }), 'Building plane: linking, 4m20s'],
    [at(5, { phase: 'waiting' }), 'Waiting for another process that builds plane, 5s'],
    [at(271, { phase: 'done', program: 'engine' }), 'Built engine, 4m31s'],
  ])('reads well: %#', (progress, line) => {
    expect(progressLine(progress)).toBe(line);
  });

  test('is a line every fifteen seconds where lines cannot be rewritten', () => {
    const lines: string[] = [];
    const report = progressLines((line) => lines.push(line));
    for (let second = 0; second <= 40; second++) report(at(second));
    report(at(41, { phase: 'done' }));
    expect(lines).toEqual([
      'Building plane: 0 of 2717 packages, 0s',
      'Building plane: 150 of 2717 packages, 15s',
      'Building plane: 300 of 2717 packages, 30s',
      'Built plane, 41s',
    ]);
  });

  test('rewrites one line on a terminal, and ends it', () => {
    let screen = '';
    const report = showProgress({ isTTY: true, write: (text) => (screen += text) });
    report(at(1));
    report(at(2));
    report(at(3, { phase: 'done' }));
    expect(screen.split('\r\u001b[2K')).toEqual([
      '',
      'Building plane: 10 of 2717 packages, 1s',
      'Building plane: 20 of 2717 packages, 2s',
      'Built plane, 3s\n',
    ]);
  });

  test('writes whole lines to anything else', () => {
    let output = '';
    const report = showProgress({ write: (text) => (output += text) });
    report(at(1));
    report(at(2));
    expect(output).toBe('Building plane: 10 of 2717 packages, 1s\n');
  });
});

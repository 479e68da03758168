import { formatDuration } from '../../base/duration.ts';
import type { NativeProgram } from './native-program.ts';

/** How far a build is. */
export interface BuildProgress {
  program: NativeProgram;
  /** `waiting`: another process builds the same thing. */
  phase: 'waiting' | 'fetching' | 'compiling' | 'linking' | 'done';
  /** Modules fetched, or packages compiled. */
  done: number;
  /** Packages to compile; 0 while unknown. */
  total: number;
  elapsedMs: number;
}

/** One line for people, such as `Building plane: 812 of 2717 packages, 1m12s`. */
export function progressLine(progress: BuildProgress): string {
  const { program, phase, done, total } = progress;
  const what = {
    waiting: `Waiting for another process that builds ${program}`,
    fetching: `Building ${program}: ${done} modules fetched`,
    compiling: `Building ${program}: ${done} of ${total} packages`,
    linking: `Building ${program}: linking`,
    done: `Built ${program}`,
  }[phase];
  return `${what}, ${formatDuration(Math.round(progress.elapsedMs / 1000) * 1000)}`;
}

/** A place for progress: standard error, or a test's buffer. */
export interface ProgressStream {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** Milliseconds between lines where a line cannot be rewritten. */
const lineEveryMs = 15_000;

/**
 * Shows progress on `stream`: one line rewritten in place on a terminal, else a line every 15
 * seconds. A build that was cached shows nothing.
 */
export function showProgress(stream: ProgressStream): (progress: BuildProgress) => void {
  const showLines = progressLines((line) => stream.write(`${line}\n`));
  if (!stream.isTTY) return showLines;
  return (progress) => {
    stream.write(`\r\u001b[2K${progressLine(progress)}${progress.phase === 'done' ? '\n' : ''}`);
  };
}

/** Progress as whole lines: the first, then one every 15 seconds of the build, and the last. */
export function progressLines(write: (line: string) => void): (progress: BuildProgress) => void {
  let next = 0;
  return (progress) => {
    if (progress.phase !== 'done' && progress.elapsedMs < next) return;
    next = progress.elapsedMs + lineEveryMs;
    write(progressLine(progress));
  };
}

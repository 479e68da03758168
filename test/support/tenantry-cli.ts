import type { Command } from '../../src/cli/command.ts';
import { runProgram } from '../../src/cli/program.ts';

/** What a command left behind. */
export interface CliResult {
  code: number;
  out: string;
  err: string;
}

export interface CliOptions {
  signal?: AbortSignal;
  /** Sees the output so far, each time there is more. */
  onOutput?(out: string): void;
}

/** Commands as a user types them, in this process: `cli(['get', 'ks', '-A'])`. */
export function cliOf(commands: readonly Command[], flags: readonly string[]) {
  return async (argv: readonly string[], options: CliOptions = {}): Promise<CliResult> => {
    let [out, err] = ['', ''];
    const terminal = {
      out: (text: string) => {
        out += text;
        options.onOutput?.(out);
      },
      err: (text: string) => void (err += text),
      signal: options.signal ?? new AbortController().signal,
    };
    const code = await runProgram(commands, [...argv, ...flags], terminal, '0.0.0');
    return { code, out, err };
  };
}

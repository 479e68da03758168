/** A positional argument: `<name>` is required, `[name]` optional. */
export interface CommandArgument {
  name: string;
  description: string;
  /** Allowed values, shown in help and enforced. */
  choices?: readonly string[];
  /** Words that a shell suggests for it. */
  suggestions?: readonly string[];
}

export interface CommandOption {
  /** As commander writes it: `-o, --output <format>`, `--once`, `--no-remote-bases`. */
  flag: string;
  description: string;
  default?: string | boolean | number;
  /** Allowed values, shown in help and enforced. */
  choices?: readonly string[];
  /** May be given several times; the value is then an array. */
  repeatable?: boolean;
  /** Environment variable that supplies a value when the flag is absent. */
  env?: string;
}

export type OptionValues = Record<string, string | boolean | number | string[] | undefined>;

export interface CommandInput {
  args: string[];
  /** Keys are camel-cased flag names: `--advertised-address` is `advertisedAddress`. */
  options: OptionValues;
  /** Aborts on SIGINT and SIGTERM. */
  signal: AbortSignal;
  /** One line for people, on standard error; never part of the output. */
  progress(line: string): void;
}

/**
 * One command of `tenantry`. `run` returns data; printing is separate, so a golden test needs no
 * global state and `--output json` works for every command. Throw {@link UsageError} for what the
 * user typed wrong (exit code 2); anything else thrown is exit code 1.
 */
export interface Command {
  /** Words of the command: `plane up`. */
  name: string;
  summary: string;
  /** Shown under the options in `--help`; examples go here. */
  details?: string;
  arguments?: CommandArgument[];
  options?: CommandOption[];
  run(input: CommandInput): Promise<unknown>;
  /**
   * Text for people. Without it, data is printed as JSON; `undefined` data prints nothing. Data that
   * is an async iterable is printed item by item as it comes (JSON: one line each); `isNext` is true
   * for all but the first.
   */
  print?(data: never, isNext?: boolean): string;
  /** The exit code of a run that returned; 0 by default. */
  exitCode?(data: never): number;
  /** The exit code of a run that threw; 1 by default. */
  failureCode?: number;
}

const outputOption: CommandOption = {
  flag: '-o, --output <format>',
  description: 'how to print the result',
  choices: ['text', 'json'],
  default: 'text',
};

/** The options of a command; how its result is printed is one of each. */
export function optionsOf({ options = [] }: Command): CommandOption[] {
  const hasOutput = options.some(({ flag }) => flag.includes('--output'));
  return hasOutput ? options : [...options, outputOption];
}

/** The user typed something that cannot work; the message says what to type instead. */
export class UsageError extends Error {
  override name = 'UsageError';
}

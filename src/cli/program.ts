import { Argument, Command as Program, CommanderError, Option } from 'commander';
import { isAbort, messageOf } from '../base/errors.ts';
import { redact } from '../base/redact.ts';
import {
  UsageError,
  optionsOf,
  type Command,
  type CommandInput,
  type CommandOption,
  type OptionValues,
} from './command.ts';

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  signal: AbortSignal;
}

export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** setInterval's longest; what runs is of no interest. */
const foreverMs = 2 ** 31 - 1;

/**
 * Parses `argv` (without node and script), runs the command it names, prints its data and returns
 * the exit code. Commander is used in this module alone; commands are plain data.
 */
export async function runProgram(
  commands: readonly Command[],
  argv: readonly string[],
  terminal: Terminal,
  version: string,
): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = new Program('tenantry')
    .description(
      'Multi-tenant GitOps for Kubernetes: one control plane, isolation from the commit to the API call.',
    )
    .version(version, '-v, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError('(add --help for what is possible)');
  const groups = new Map<string, Program>([['', program]]);
  for (const command of commands) {
    addCommand(groups, command, async (input) => {
      exitCode = await runCommand(command, { ...input, signal: terminal.signal }, terminal);
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    throw error;
  }
}

type Action = (input: Omit<CommandInput, 'signal' | 'progress'>) => Promise<void>;

function addCommand(groups: Map<string, Program>, command: Command, action: Action): void {
  const words = command.name.split(' ');
  const leaf = words.pop() ?? '';
  const parent = groupFor(groups, words);
  if (words.length > 0) describeGroup(parent, leaf, command);
  const program = parent.command(leaf).description(command.summary).exitOverride();
  for (const { name, description, choices } of command.arguments ?? []) {
    const argument = new Argument(name, description);
    program.addArgument(choices ? argument.choices(choices) : argument);
  }
  for (const spec of optionsOf(command)) program.addOption(toOption(spec));
  if (command.details !== undefined) program.addHelpText('after', `\n${command.details}`);
  program.action(() => action({ args: program.args, options: program.opts<OptionValues>() }));
}

function toOption(spec: CommandOption): Option {
  const option = new Option(spec.flag, spec.description);
  if (spec.choices) option.choices(spec.choices);
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.env !== undefined) option.env(spec.env);
  if (spec.repeatable) {
    option.argParser((value: string, previous: string[] | undefined) => [
      ...(previous ?? []),
      value,
    ]);
  }
  return option;
}

function groupFor(groups: Map<string, Program>, words: string[]): Program {
  const key = words.join(' ');
  const existing = groups.get(key);
  if (existing) return existing;
  const group = groupFor(groups, words.slice(0, -1))
    .command(words.at(-1) ?? '')
    .exitOverride();
  groups.set(key, group);
  return group;
}

/** A group says what is in it: the summary of a single command, else their names. */
function describeGroup(group: Program, leaf: string, { summary }: Command): void {
  const others = group.commands.map((other) => other.name());
  group.description(others.length === 0 ? `${leaf}: ${summary}` : [...others, leaf].join(', '));
}

async function runCommand(
  command: Command,
  input: Omit<CommandInput, 'progress'>,
  terminal: Terminal,
): Promise<number> {
  // Timers and watches of ours keep no process alive: a command that only waits would end unfinished.
  const alive = setInterval(() => {}, foreverMs);
  try {
    const data = await command.run({ ...input, progress: (line) => terminal.err(`${line}\n`) });
    if (data === undefined) return exitCodes.ok;
    if (isStream(data)) return await printStream(command, data, input, terminal);
    terminal.out(withNewline(format(command, data, input.options['output'])));
    // Each command's functions take what its own run returned.
    return command.exitCode?.(data as never) ?? exitCodes.ok;
  } catch (error) {
    if (input.signal.aborted && isAbort(error)) return exitCodes.interrupted;
    terminal.err(`✗ ${redact(messageOf(error))}\n`);
    if (error instanceof UsageError) return exitCodes.usage;
    return command.failureCode ?? exitCodes.failed;
  } finally {
    clearInterval(alive);
  }
}

function isStream(data: unknown): data is AsyncIterable<unknown> {
  return typeof data === 'object' && data !== null && Symbol.asyncIterator in data;
}

/** Prints items as they come, until there are no more or the user has seen enough. */
async function printStream(
  command: Command,
  items: AsyncIterable<unknown>,
  { options, signal }: Pick<CommandInput, 'options' | 'signal'>,
  terminal: Terminal,
): Promise<number> {
  let isNext = false;
  for await (const item of items) {
    const json = options['output'] === 'json' || !command.print;
    terminal.out(withNewline(json ? JSON.stringify(item) : format(command, item, '', isNext)));
    isNext = true;
    if (signal.aborted) break;
  }
  return exitCodes.ok;
}

const withNewline = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

function format(command: Command, data: unknown, output: unknown, isNext = false): string {
  if (output === 'json' || !command.print) return JSON.stringify(data, null, 2);
  return command.print(data as never, isNext);
}

import { optionsOf, type Command, type CommandOption } from '../command.ts';

/**
 * A script by which bash completes words of `tenantry`: commands, flags, values that are listed, and kinds.
 * It asks nobody: what it suggests stands in it. Where it has nothing to suggest, bash suggests files.
 */
export function completionScript(commands: readonly Command[]): string {
  const groups = new Set(commands.flatMap(({ name }) => groupsOf(name)));
  const paths = [...new Set([...groups, ...commands.map(({ name }) => name)])];
  return [
    '# Completion of tenantry for bash; zsh reads it by bashcompinit.',
    '_tenantry() {',
    '  local word cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" at= words= flags=',
    '  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do',
    '    case "$at $word" in',
    `      ${paths.map(quoted).join(' | ')}) at="$at $word" ;;`,
    '    esac',
    '  done',
    '  case "$at" in',
    branch('', leavesBelow('', commands), ['--help', '--version']),
    ...[...groups].map((group) => branch(` ${group}`, leavesBelow(group, commands), ['--help'])),
    ...commands.map((command) => branch(` ${command.name}`, suggested(command), flagsOf(command))),
    '  esac',
    '  case "$at $prev" in',
    ...commands.flatMap(valuesOf),
    '  esac',
    '  case "$cur" in -*) words="$flags" ;; esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$cur"))',
    '}',
    'complete -o bashdefault -o default -F _tenantry tenantry',
    '',
  ].join('\n');
}

/** `plane` of `plane up`. */
function groupsOf(name: string): string[] {
  const words = name.split(' ');
  return words.slice(1).map((_, index) => words.slice(0, index + 1).join(' '));
}

function leavesBelow(group: string, commands: readonly Command[]): string[] {
  const above = group === '' ? [] : group.split(' ');
  const below = commands
    .map(({ name }) => name.split(' '))
    .filter((words) => above.every((word, index) => words[index] === word))
    .flatMap((words) => words.slice(above.length, above.length + 1));
  return [...new Set(below)];
}

const suggested = ({ arguments: all = [] }: Command) =>
  all.flatMap(({ suggestions = [] }) => suggestions);

const flagsOf = (command: Command) => [
  ...optionsOf(command).map(({ flag }) => namesOf(flag).at(-1) ?? flag),
  '--help',
];

/** What may follow a flag that takes a value; files, where that is not listed. */
function valuesOf(command: Command): string[] {
  return optionsOf(command)
    .filter(({ flag }) => flag.includes('<'))
    .map(({ flag, choices = [] }: CommandOption) => {
      const after = namesOf(flag).map((name) => quoted(`${command.name} ${name}`));
      return `    ${after.join(' | ')}) words='${choices.join(' ')}' ;;`;
    });
}

/** `-o` and `--output` of `-o, --output <format>`. */
const namesOf = (flag: string) => flag.replace(/ <.*/, '').split(', ');

const branch = (path: string, words: readonly string[], flags: readonly string[]) =>
  `    '${path}') words='${words.join(' ')}' flags='${flags.join(' ')}' ;;`;

const quoted = (path: string) => `' ${path}'`;

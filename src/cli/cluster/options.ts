import { UsageError, type CommandOption, type OptionValues } from '../command.ts';
import { parseDuration } from '../../base/duration.ts';

/** How a command reaches a cluster, and as whom: the flags of kubectl. */
export const clusterOptions: CommandOption[] = [
  { flag: '--kubeconfig <file>', description: 'kubeconfig file (default: as kubectl finds it)' },
  { flag: '--context <name>', description: 'context of the kubeconfig' },
  { flag: '--as <user>', description: 'user or ServiceAccount to impersonate' },
  { flag: '--as-group <group>', description: 'group to impersonate; repeatable', repeatable: true },
];

/** Where a command looks; the context's namespace if nothing is said. */
export const namespaceOption: CommandOption = {
  flag: '-n, --namespace <name>',
  description: "namespace (default: the context's)",
};

export const allNamespacesOption: CommandOption = {
  flag: '-A, --all-namespaces',
  description: 'all namespaces',
};

/** Of commands that wait for a result. */
export const waitOptions: CommandOption[] = [
  { flag: '--wait', description: 'wait for the result', default: true },
  { flag: '--no-wait', description: 'do not wait for the result' },
];

/** A ceiling on the whole command. */
export const timeoutOption = (fallback: string): CommandOption => ({
  flag: '--timeout <duration>',
  description: 'give up after this long, such as 30s or 5m',
  default: fallback,
});

/** Output of commands whose text is a table. */
export const tableOption: CommandOption = {
  flag: '-o, --output <format>',
  description: 'how to print the result',
  choices: ['table', 'json'],
  default: 'table',
};

/** The text of an option; undefined when it was not given, or given empty. */
export function textOption(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The values of a repeatable option. */
export function listOption(options: OptionValues, name: string): string[] {
  const value = options[name];
  return Array.isArray(value) ? value : [];
}

/** `--timeout` in milliseconds; undefined without one. */
export function timeoutMsOf(options: OptionValues): number | undefined {
  const text = textOption(options, 'timeout');
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) {
    throw new UsageError(`--timeout: '${text}' is not a duration such as 30s or 5m`);
  }
  return ms;
}

import { readFile } from 'node:fs/promises';
import { messageOf } from '../base/errors.ts';
import { onCluster, type Cluster } from './cluster/connect.ts';
import {
  clusterOptions,
  listOption,
  tableOption,
  textOption,
  timeoutMsOf,
  timeoutOption,
} from './cluster/options.ts';
import { UsageError, type Command, type CommandInput, type OptionValues } from './command.ts';
import type { Attack } from './check/attack.ts';
import { attacks } from './check/attacks.ts';
import { buildWorld, freshRun, type WorldOptions } from './check/build-world.ts';
import { checkLabel, cleanUp, isLeftBehind } from './check/made-by-check.ts';
import { missingRights } from './check/missing-rights.ts';
import {
  exitCodeOf,
  formatLeft,
  formatList,
  formatProgress,
  formatReport,
  reportOf,
  type CheckReport,
} from './check/report.ts';
import { runAttacks } from './check/run-attacks.ts';

interface AttackList {
  attacks: Omit<Attack, 'attempt'>[];
}

/** What `--clean-up` could not delete yet. */
interface CleanUp {
  left: string[];
}

type Found = CheckReport | AttackList | CleanUp;

/** `tenantry check`: tries what a hostile tenant would, and says what of it is refused. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'attack the cluster as a tenant would, and say what is refused',
  details: `Examples:
  tenantry check
  tenantry check --only pods --only namespaces/adopt
  tenantry check --git-url https://git.example.com/platform/tenantry-check.git -o json
  tenantry check --list

Attacks are made by tenants that the check makes for itself and deletes again, and as dry runs wherever
the answer is the same: nothing that was there before is changed. It acts as these tenants, so it needs
the rights of an administrator. Exit code 0: all was refused, 1: something is allowed, 2: it could not be
run, or something could not be tried.`,
  options: [
    ...clusterOptions.filter(({ flag }) => !flag.startsWith('--as')),
    {
      flag: '--namespace-prefix <prefix>',
      description: 'beginning of the names of what it makes',
      default: 'tenantry-check',
    },
    {
      flag: '--only <attack>',
      description: 'an attack, or an area of them, such as pods; repeatable',
      repeatable: true,
    },
    { flag: '--list', description: 'show which attacks there are, and do nothing' },
    {
      flag: '--git-url <url>',
      description: 'a repository with examples/check on main, which the cluster can fetch',
    },
    { flag: '--proxy-url <url>', description: 'https:// address of the tenant proxy' },
    { flag: '--proxy-ca <file>', description: 'authority of its certificate, as PEM' },
    {
      flag: '--configuration-name <name>',
      description: 'the CapsuleConfiguration that counts',
      default: 'default',
    },
    { flag: '--keep', description: 'leave what it made, to look at' },
    {
      flag: '--clean-up',
      description: 'delete what checks have left, all of them, and do nothing else',
    },
    timeoutOption('10m'),
    tableOption,
  ],
  async run(input) {
    const chosen = chosenAttacks(listOption(input.options, 'only'));
    if (input.options['list'] === true) return listOf(chosen);
    return onCluster(input, (cluster) =>
      input.options['cleanUp'] === true ? onlyCleanUp(cluster) : check(input, cluster, chosen),
    );
  },
  print: (found: Found) => {
    if ('attacks' in found) return formatList(found.attacks);
    return 'results' in found ? formatReport(found) : formatLeft(found.left);
  },
  exitCode: (found: Found) => {
    if ('results' in found) return exitCodeOf(found);
    return 'left' in found && found.left.length > 0 ? 2 : 0;
  },
  failureCode: 2,
};

const listOf = (chosen: readonly Attack[]): AttackList => ({
  attacks: chosen.map(({ attempt: _attempt, ...told }) => told),
});

function chosenAttacks(only: readonly string[]): Attack[] {
  const isMeant = (id: string, name: string) => id === name || id.startsWith(`${name}/`);
  const unknown = only.find((name) => !attacks.some(({ id }) => isMeant(id, name)));
  if (unknown !== undefined) {
    throw new UsageError(`--only: there is no attack '${unknown}'; see tenantry check --list`);
  }
  if (only.length === 0) return [...attacks];
  return attacks.filter(({ id }) => only.some((name) => isMeant(id, name)));
}

/** Whatever is labelled as made by a check, by one that is still running as well. */
const onlyCleanUp = async ({ own, signal }: Cluster): Promise<CleanUp> => ({
  left: await cleanUp(own, { signal }),
});

async function proxyOf(options: OptionValues): Promise<WorldOptions['proxy']> {
  const [url, file] = [textOption(options, 'proxyUrl'), textOption(options, 'proxyCa')];
  if (url === undefined) return undefined;
  if (URL.parse(url)?.protocol !== 'https:') {
    throw new UsageError(`--proxy-url: '${url}' is not an https:// address`);
  }
  if (file === undefined) return { url };
  try {
    return { url, ca: await readFile(file, 'utf8') };
  } catch (error) {
    throw new UsageError(`--proxy-ca: ${messageOf(error)}`);
  }
}

const prefixPattern = /^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/;
/** For the end, when whoever waits has pressed Ctrl-C. */
const cleanUpMs = 90_000;

async function check(
  { options, progress }: CommandInput,
  { own: admin, signal }: Cluster,
  chosen: readonly Attack[],
): Promise<CheckReport> {
  const prefix = textOption(options, 'namespacePrefix') ?? '';
  if (!prefixPattern.test(prefix)) {
    throw new UsageError(`--namespace-prefix: '${prefix}' is not a-z, 0-9 and dashes, at most 30`);
  }
  const missing = await missingRights(admin, signal);
  if (missing.length > 0) {
    throw new Error(`you may not do what a check needs: ${missing.join('; ')}`);
  }
  const maxAgeMs = timeoutMsOf(options) ?? 0;
  const isMeant = (object: Parameters<typeof isLeftBehind>[0]) =>
    isLeftBehind(object, Date.now(), maxAgeMs + cleanUpMs);
  await cleanUp(admin, { isMeant, signal, seconds: 5 });
  const run = freshRun(prefix);
  const gitUrl = textOption(options, 'gitUrl');
  const proxy = await proxyOf(options);
  const configuration = textOption(options, 'configurationName') ?? 'default';
  const removeOwn = () =>
    cleanUp(admin, {
      isMeant: ({ metadata }) => metadata.labels?.[checkLabel] === run,
      signal: AbortSignal.timeout(cleanUpMs),
    });
  let results;
  try {
    progress(`making tenants of its own: ${run}-…`);
    const shared = {
      admin,
      prefix,
      configuration,
      signal,
      ...(gitUrl !== undefined && { gitUrl }),
      ...(proxy && { proxy }),
    };
    const world = await buildWorld(run, shared);
    results = await runAttacks(chosen, world, (result) => progress(formatProgress(result)));
  } catch (error) {
    if (options['keep'] !== true) await removeOwn();
    throw error;
  }
  const left = options['keep'] === true ? [] : await removeOwn();
  return reportOf(run, results, left);
}

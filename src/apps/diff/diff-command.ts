import { formatRef } from '../../api/kustomize/inventory.ts';
import { onCluster } from '../../cli/cluster/connect.ts';
import type { Command, CommandInput } from '../../cli/command.ts';
import type { Target } from '../../controllers/kustomization/target.ts';
import { openTarget } from '../../controllers/kustomization/open-target.ts';
import { formatTable } from '../../cli/table.ts';
import type { Acting } from './acting-as.ts';
import { accessVerdicts, type AccessVerdict } from './access-verdicts.ts';
import type { PlannedChange } from './change.ts';
import { buildLocally } from './local-build.ts';
import { knownObjects, planChanges } from './plan.ts';
import {
  localBuildOptions,
  parseSubject,
  policyOf,
  readSubject,
  remoteOptions,
} from './subject.ts';

/** What reconciling a directory would come to. */
export interface Plan {
  kustomization: { namespace: string; name: string };
  /** Whom the dry run was made as. */
  as: string;
  /** Which cluster `spec.kubeConfig` leads to; absent when it is the Kustomization's own. */
  cluster?: string;
  /** Whom the controller acts as, and why that was not tried; absent when it was. */
  instead?: { of: string; why: string };
  access: AccessVerdict[];
  changes: PlannedChange[];
}

/** `tenantry diff kustomization`: what a directory would change in the cluster, before it is pushed. */
export const diffCommand: Command = {
  name: 'diff',
  summary: 'show what a directory would change in the cluster, and whether it may',
  details: `Examples:
  tenantry diff kustomization app -n team-a --path ./apps/team-a
  tenantry diff ks/app -n team-a --path . -o json
  tenantry diff ks/new -n team-a --path ./new --kustomization-file new.yaml

Builds the directory as the controller would build the source and applies every object as a dry
run, as the tenant's ServiceAccount if you may impersonate it, else as yourself. With
spec.kubeConfig that is done in the cluster it leads to, as whom it says; the Secret is read as the
ServiceAccount, or as yourself, and is refused for what the controller refuses. Values of Secrets
are never shown. Exit code 0: nothing would change; 1: something would; 2: something fails or is
denied, or the plan could not be made.`,
  arguments: [{ name: '<target...>', description: 'kustomization NAME, or ks/NAME' }],
  options: [...localBuildOptions, ...remoteOptions],
  failureCode: 2,
  run: makePlan,
  print: formatPlan,
  exitCode: exitCodeOf,
};

async function makePlan(input: CommandInput): Promise<Plan> {
  const { args, options } = input;
  const name = parseSubject(args);
  const policy = policyOf(options);
  const progress = options['progress'] === false ? () => {} : input.progress;
  return onCluster(input, async (cluster) => {
    const object = await readSubject(cluster, name, options);
    const made = await buildLocally({ object, cluster, policy, options, progress });
    const { build, acting, preparation } = made;
    const access = await accessVerdicts({ ...preparation, object, cluster });
    await using _connections = preparation.deps.remotes.clusters;
    using target = await openTarget(preparation);
    const tried = triedAs(acting, target);
    progress(`► trying ${build.objects.length} object(s) as ${tried.as}`);
    const known = knownObjects(object.status, target);
    const changes = await planChanges(build.objects, known, { ...preparation, target });
    return { kustomization: preparation.me, ...tried, access, changes };
  });
}

function triedAs(
  { wanted: of, why, as }: Acting,
  { cluster, name, user }: Target,
): Pick<Plan, 'as' | 'cluster' | 'instead'> {
  const instead = why === undefined ? {} : { instead: { of, why } };
  if (cluster === undefined) return { as, ...instead };
  return { as: user, cluster: name, ...instead };
}

const isChange = ({ action }: PlannedChange) => action !== 'unchanged' && action !== 'skipped';

function exitCodeOf({ access, changes }: Plan): number {
  const isDenied = access.some(({ verdict }) => verdict === 'denied');
  if (isDenied || changes.some(({ action }) => action === 'failed')) return 2;
  return changes.some(isChange) ? 1 : 0;
}

/** The plan for people: who asks, what is denied, a diff for each object, and a count. */
export function formatPlan(plan: Plan): string {
  const { kustomization, access, changes } = plan;
  const { namespace, name } = kustomization;
  return [
    `Kustomization ${namespace}/${name}, tried ${formatTried(plan)}`,
    formatTable(
      undefined,
      access.map(({ about, verdict, message }) => [about, verdict, message]),
    ).replace(/^(?=.)/gm, '  '),
    ...changes.filter(({ action, message }) => action !== 'unchanged' || message).map(formatChange),
    summaryOf(changes),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function formatTried({ as, cluster, instead }: Plan): string {
  const not = instead ? `not as ${instead.of}: ${instead.why}` : '';
  if (cluster === undefined) return not === '' ? `as ${as}` : `as ${as}, ${not}`;
  const there = `in ${cluster} as ${as}`;
  return not === '' ? there : `${there}; what leads there was read ${not}`;
}

function formatChange(change: PlannedChange): string {
  const { action, message, diff } = change;
  const title = formatRef(change);
  // The controller's messages name the object themselves.
  const why = message === undefined ? '' : `: ${message.replace(`${title}: `, '')}`;
  if (action === 'failed') return `✗ ${title}${why}`;
  const head = `► ${title} ${action}${why}`;
  if (diff === undefined || diff === '') return head;
  return `${head}\n--- cluster/${title}\n+++ build/${title}\n${diff}`;
}

const actions = [
  'created',
  'configured',
  'recreated',
  'deleted',
  'unchanged',
  'skipped',
  'failed',
] as const;

function summaryOf(changes: readonly PlannedChange[]): string {
  const counts = actions.map((action) => {
    const count = changes.filter((change) => change.action === action).length;
    return count === 0 ? [] : [`${count} ${action}`];
  });
  return counts.flat().join(', ') || 'nothing to apply';
}

import { formatRef } from '../../api/kustomize/inventory.ts';
import { onCluster } from '../../cli/cluster/connect.ts';
import type { Command, CommandInput } from '../../cli/command.ts';
import { formatTable } from '../../cli/table.ts';
import { accessVerdicts, type AccessVerdict } from './access-verdicts.ts';
import type { PlannedChange } from './change.ts';
import { buildLocally } from './local-build.ts';
import { knownObjects, planChanges } from './plan.ts';
import { localBuildOptions, parseSubject, policyOf, readSubject } from './subject.ts';

/** What reconciling a directory would come to. */
export interface Plan {
  kustomization: { namespace: string; name: string };
  /** Whom the dry run was made as. */
  as: string;
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
run, as the tenant's ServiceAccount if you may impersonate it, else as yourself. Values of Secrets
are never shown. Exit code 0: nothing would change; 1: something would; 2: something fails or is
denied, or the plan could not be made.`,
  arguments: [{ name: '<target...>', description: 'kustomization NAME, or ks/NAME' }],
  options: localBuildOptions,
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
    if (object.spec.kubeConfig) {
      throw new Error('spec.kubeConfig: plans of other clusters cannot be made yet');
    }
    const made = await buildLocally({ object, cluster, policy, options, progress });
    const { build, acting, preparation } = made;
    const access = await accessVerdicts({ ...preparation, object, cluster });
    progress(`► trying ${build.objects.length} object(s) as ${acting.as}`);
    const known = knownObjects(object.status);
    const changes = await planChanges(build.objects, known, preparation);
    const { wanted: of, why, as } = acting;
    const instead = why === undefined ? {} : { instead: { of, why } };
    return { kustomization: preparation.me, as, ...instead, access, changes };
  });
}

const isChange = ({ action }: PlannedChange) => action !== 'unchanged' && action !== 'skipped';

function exitCodeOf({ access, changes }: Plan): number {
  const isDenied = access.some(({ verdict }) => verdict === 'denied');
  if (isDenied || changes.some(({ action }) => action === 'failed')) return 2;
  return changes.some(isChange) ? 1 : 0;
}

/** The plan for people: who asks, what is denied, a diff for each object, and a count. */
export function formatPlan({ kustomization, as, instead, access, changes }: Plan): string {
  const { namespace, name } = kustomization;
  const whose = instead ? `${as}, not as ${instead.of}: ${instead.why}` : as;
  return [
    `Kustomization ${namespace}/${name}, tried as ${whose}`,
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

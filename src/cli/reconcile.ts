import { onCluster } from './cluster/connect.ts';
import { clusterOptions, namespaceOption, timeoutOption, waitOptions } from './cluster/options.ts';
import { UsageError, type Command } from './command.ts';
import { eachTarget } from './objects/each-target.ts';
import { shorten } from './objects/facts.ts';
import { requestReconcile } from './objects/request-reconcile.ts';
import { rowOf, type Row } from './objects/row.ts';
import { parseNamedTargets, targetArgument } from './objects/target.ts';
import { formatResults } from './objects/results.ts';

/** `tenantry reconcile`: now rather than at the interval, and how that went. */
export const reconcileCommand: Command = {
  name: 'reconcile',
  summary: 'reconcile objects now and wait for the result',
  details: `Examples:
  tenantry reconcile ks/app -n team-a
  tenantry reconcile ks app -n team-a --with-source      fetch its source first
  tenantry reconcile source git fleet -n flux-system
  tenantry reconcile ks/app --no-wait

Fails, with the message of the object, as soon as the attempt fails; while it waits for something
else, it says for what.`,
  arguments: [targetArgument('<target...>')],
  options: [
    ...clusterOptions,
    namespaceOption,
    { flag: '--with-source', description: 'reconcile the source first' },
    ...waitOptions,
    timeoutOption('5m'),
  ],
  run: (input) => {
    const { args, options, progress } = input;
    const targets = parseNamedTargets(args);
    const withSource = options['withSource'] === true;
    const bare = targets.find(({ kind }) => withSource && !kind.shape.source);
    if (bare) throw new UsageError(`--with-source: a ${bare.kind.kind} has no source`);
    const wait = options['wait'] !== false;
    return onCluster(input, (cluster) =>
      eachTarget(targets, async (target) => {
        const { namespace } = cluster;
        const asked = { ...target, namespace };
        return rowOf(
          target.kind,
          await requestReconcile(cluster, asked, { withSource, wait, progress }),
        );
      }),
    );
  },
  print: (rows: Row[]) => formatResults(rows, ({ message }) => shorten(message)),
};

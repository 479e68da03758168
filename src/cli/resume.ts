import { onCluster } from './cluster/connect.ts';
import { clusterOptions, namespaceOption, timeoutOption, waitOptions } from './cluster/options.ts';
import type { Command } from './command.ts';
import { awaitVerdict } from './objects/await-verdict.ts';
import { eachTarget } from './objects/each-target.ts';
import { shorten } from './objects/facts.ts';
import { formatResults } from './objects/results.ts';
import { rowOf, type Row } from './objects/row.ts';
import { allOption, setSuspend, suspendTargets } from './objects/set-suspend.ts';
import { formatTarget, targetArgument } from './objects/target.ts';

/** `tenantry resume`: reconcile again, and how that went. */
export const resumeCommand: Command = {
  name: 'resume',
  summary: 'reconcile suspended objects again and wait for the result',
  details: `Examples:
  tenantry resume ks/app -n team-a
  tenantry resume ks --all -n team-a --no-wait`,
  arguments: [targetArgument('<target...>')],
  options: [...clusterOptions, namespaceOption, allOption, ...waitOptions, timeoutOption('5m')],
  run: (input) =>
    onCluster(input, async (cluster) => {
      const { progress, options } = input;
      return eachTarget(await suspendTargets(cluster, input), async (target) => {
        const resumed = await setSuspend(cluster, target, false);
        progress(`► ${formatTarget(target)} in namespace '${cluster.namespace}' is resumed`);
        const { namespace } = cluster;
        const object =
          options['wait'] === false
            ? resumed
            : await awaitVerdict(cluster, { ...target, namespace }, { progress });
        return rowOf(target.kind, object);
      });
    }),
  print: (rows: Row[]) => formatResults(rows, ({ message }) => shorten(message)),
};

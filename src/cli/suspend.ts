import { onCluster } from './cluster/connect.ts';
import { clusterOptions, namespaceOption, timeoutOption } from './cluster/options.ts';
import type { Command } from './command.ts';
import { eachTarget } from './objects/each-target.ts';
import { formatResults } from './objects/results.ts';
import { rowOf, type Row } from './objects/row.ts';
import { allOption, setSuspend, suspendTargets } from './objects/set-suspend.ts';
import { targetArgument } from './objects/target.ts';

/** `tenantry suspend`: leave the cluster as it is, whatever Git says, until `resume`. */
export const suspendCommand: Command = {
  name: 'suspend',
  summary: 'stop reconciling objects',
  details: `Examples:
  tenantry suspend ks/app -n team-a
  tenantry suspend ks --all -n team-a`,
  arguments: [targetArgument('<target...>')],
  options: [...clusterOptions, namespaceOption, allOption, timeoutOption('1m')],
  run: (input) =>
    onCluster(input, async (cluster) =>
      eachTarget(await suspendTargets(cluster, input), async (target) =>
        rowOf(target.kind, await setSuspend(cluster, target, true)),
      ),
    ),
  print: (rows: Row[]) => formatResults(rows, () => 'is suspended'),
};

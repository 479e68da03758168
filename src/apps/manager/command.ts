import type { Command } from '../../cli/command.ts';
import { parseManagerFlags } from './flags.ts';
import { managerOptions } from './options.ts';
import { runManager } from './run-manager.ts';

/** `tenantry manager`: reconciles until it is told to stop. */
export const managerCommand: Command = {
  name: 'manager',
  summary: 'run the controllers',
  details: `Examples:
  tenantry manager                                          in a cluster, all components, locked
  tenantry manager --kubeconfig ~/.kube/config --storage-path /tmp/tenantry
  tenantry manager --components=source --watch-label-selector=sharding.fluxcd.io/shard=shard1`,
  options: managerOptions,
  async run({ options, signal }) {
    await runManager(parseManagerFlags(options), signal);
    return undefined;
  },
};

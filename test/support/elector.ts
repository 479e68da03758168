import { appendFileSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { runAsLeader } from '../../src/kube/lease.ts';

/**
 * A process that wants to lead: `node elector.ts <kubeconfig> <namespace> <lease> <holder> <journal>`.
 * While it leads it appends a line per tick to the journal; SIGTERM makes it step down.
 */
const [kubeconfig = '', namespace = '', name = '', holder = '', journal = ''] =
  process.argv.slice(2);
// Timers of the clock do not keep a process alive; a manager's servers do.
const alive = setInterval(() => {}, 60_000);
const controller = new AbortController();
process.once('SIGTERM', () => controller.abort());
const client = createClient({ cluster: await loadKubeconfig({ paths: [kubeconfig] }) });
const note = (what: string) => appendFileSync(journal, `${Date.now()} ${holder} ${what}\n`);

await runAsLeader(
  {
    client,
    namespace,
    name,
    holder,
    clock: systemClock,
    log: silentLog,
    leaseMs: 6_000,
    renewMs: 4_000,
    retryMs: 300,
    signal: controller.signal,
  },
  async (signal) => {
    note('start');
    while (!signal.aborted) {
      note('lead');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    note('stop');
  },
);
await client.close();
clearInterval(alive);

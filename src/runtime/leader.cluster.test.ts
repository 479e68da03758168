import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterContext, freshNamespace } from '../../test/support/cluster.ts';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { createClient, type ClosableClient } from '../kube/connect.ts';
import { loadKubeconfig } from '../kube/kubeconfig.ts';
import type { KubeObject } from '../kube/object.ts';
import { leaseType } from '../kube/lease-record.ts';
import { lead } from './leader.ts';

let client: ClosableClient;
let namespace: string;

beforeAll(async () => {
  client = createClient({
    cluster: await loadKubeconfig({ paths: [clusterContext().kubeconfig] }),
  });
  namespace = await freshNamespace('leader');
});
afterAll(() => client.close());

/** What happened, in order. */
const story: string[] = [];

/** A process that wants to lead its shard. */
function contend(name: string, selector: string) {
  const stopping = new AbortController();
  const leads = Promise.withResolvers<void>();
  const done = lead(
    {
      enabled: true,
      client,
      namespace,
      component: 'kustomize-controller',
      watchLabelSelector: selector,
      instance: 'pod',
      clock: systemClock,
      log: silentLog,
      signal: stopping.signal,
      retryMs: 50,
    },
    (signal) =>
      new Promise((resolve) => {
        story.push(`${name} leads`);
        leads.resolve();
        signal.addEventListener('abort', () => {
          story.push(`${name} ends`);
          resolve();
        });
      }),
  );
  const stop = async () => {
    stopping.abort();
    await done;
  };
  return { leads: leads.promise, stop };
}

test('of a shard one leads, the next follows when it stops, and other shards do not care', async () => {
  const first = contend('first', 'shard=1');
  await first.leads;
  const second = contend('second', 'shard=1');
  const other = contend('other', 'shard=2');
  await other.leads;
  const { items } = await client.list<KubeObject & { spec: { holderIdentity: string } }>(
    leaseType,
    {
      namespace,
    },
  );
  const holders = items.map(({ spec }) => spec.holderIdentity);
  expect(items).toHaveLength(2);
  expect(new Set(holders).size).toBe(2);
  for (const holder of holders) expect(holder).toMatch(/^pod_[0-9a-f]{16}$/);

  await first.stop();
  await second.leads;
  expect(story).toEqual(['first leads', 'other leads', 'first ends', 'second leads']);
  await Promise.all([second.stop(), other.stop()]);
});

import { expect, test } from 'vitest';
import { clusterContext } from '../../test/support/cluster.ts';
import { createClient } from './connect.ts';
import { loadKubeconfig } from './kubeconfig.ts';

test('kube-apiserver shows API Priority and Fairness, and is not held back from', async () => {
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  // The second request would wait for a quarter of an hour.
  await using client = createClient({ cluster, limit: { qps: 0.001, burst: 1 } });
  const ask = () => client.raw({ method: 'GET', path: '/version' });
  for (let count = 0; count < 3; count++) expect(await ask()).toHaveProperty('gitVersion');
});

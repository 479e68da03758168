import { expect, test } from 'vitest';
import { clusterContext, freshNamespace } from '../../../../test/support/cluster.ts';
import { createClient } from '../../../kube/connect.ts';
import { loadKubeconfig } from '../../../kube/kubeconfig.ts';
import { describeRemaining } from './describe-remaining.ts';

test('what has gone meanwhile is still counted as the namespace controller told it', async () => {
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  await using client = createClient({ cluster });
  const name = await freshNamespace('going');
  const told = {
    type: 'NamespaceContentRemaining',
    status: 'True',
    message: 'Some resources are remaining: secrets. has 1 resource instances',
  };
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
    status: { conditions: [told] },
  };
  const { signal } = new AbortController();
  expect(await describeRemaining(namespace, client, signal)).toBe('1 secrets');
});

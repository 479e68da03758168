import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { silentLog } from '../base/log.ts';
import type { KubeClient } from '../kube/client.ts';
import { lead, leaseNameFor } from './leader.ts';

test('each shard elects a leader of its own', () => {
  expect(leaseNameFor('kustomize-controller')).toBe('kustomize-controller-leader-election');
  expect(leaseNameFor('kustomize-controller', 'sharding.fluxcd.io/shard=shard1')).toBe(
    'kustomize-controller-leader-election-0861495d',
  );
});

test('without election the work begins at once, and asks the API server nothing', async () => {
  const { signal } = new AbortController();
  const asked = () => {
    throw new Error('asked');
  };
  const client = {
    get: asked,
    create: asked,
    replace: asked,
    patch: asked,
  } as unknown as KubeClient;
  const options = {
    client,
    namespace: 'n',
    component: 'c',
    instance: 'pod',
    log: silentLog,
    signal,
  };
  let given: AbortSignal | undefined;
  await lead({ ...options, enabled: false, clock: createFakeClock() }, async (signal) => {
    given = signal;
  });
  expect(given).toBe(signal);
});

import { expect, test } from 'vitest';
import { createMemoryCaches } from '../../../test/support/memory-caches.ts';
import { indexEquipment } from '../../controllers/reconciler-account/equipment-index.ts';
import { withMarks } from '../../controllers/reconciler-account/marks.ts';
import { formatKubeconfig } from '../../kube/format-kubeconfig.ts';
import { secretType } from '../../kube/core-resources.ts';
import { kubeconfigExpiry } from './kubeconfig-metrics.ts';

const account = { namespace: 'oil-system', name: 'gitops' };
const encoded = (text: string) => Buffer.from(text).toString('base64');
const tokenThatEnds = (exp: number) =>
  ['{"alg":"none"}', JSON.stringify({ exp }), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

/** What is told of an account with this kubeconfig. */
function seriesFor(kubeconfig: string | undefined) {
  const caches = createMemoryCaches();
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: account.namespace, name: 'gitops-kubeconfig' },
    ...(kubeconfig !== undefined && { data: { kubeconfig: encoded(kubeconfig) } }),
  };
  caches.put(secretType, withMarks(secret, account));
  return [...kubeconfigExpiry(indexEquipment(caches, [secretType])).read()];
}

test('says when the token of a kubeconfig ends', () => {
  const kubeconfig = formatKubeconfig({
    server: 'https://proxy',
    ca: 'ca',
    token: tokenThatEnds(1_800_000_000),
  });
  expect(seriesFor(kubeconfig)).toEqual([{ labels: account, value: 1_800_000_000 }]);
});

test.each([
  ['that never ends', formatKubeconfig({ server: 'https://proxy', ca: 'ca', token: 'opaque' })],
  ['in no kubeconfig', 'changed by hand'],
  ['that is not there yet', undefined],
])('says nothing of a token %s', (_what, kubeconfig) => {
  expect(seriesFor(kubeconfig)).toEqual([]);
});

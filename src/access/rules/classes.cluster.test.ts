import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { rulePolicies } from './policies.ts';

/** What is told where rules are for classes of users: the API server's messages cannot ask who is of one. */
let ring: FirstRing;
let namespace: string;

const registry = (action: string, exp: string, name?: string) => ({
  ...(name !== undefined && { audience: [{ kind: 'Custom', name }] }),
  enforce: { action, workloads: { targets: ['pod/containers'], registries: [{ exp }] } },
});
const rules = [
  registry('allow', '^good'),
  registry('allow', '^other', 'Administrator'),
  registry('deny', 'bad$', 'TenantOwner'),
];

beforeAll(async () => {
  ring = await firstRing((configuration) => rulePolicies(configuration));
  [namespace = ''] = await ring.ruledNamespaces([rules]);
  await kubectlOk(['-n', namespace, 'wait', 'sa/default', '--for=create', '--timeout=240s']);
});
afterAll(() => ring?.client.close());

const notAllowed = (image: string, nth = 0) =>
  `registry "${image}" at containers[${nth}] is not allowed by namespace rule`;
test.each([
  [['evil'], `${notAllowed('evil')}; allowed: /^good/`],
  [['other'], notAllowed('other')],
  [['good', 'other'], notAllowed('other', 1)],
  [
    ['other', 'goodbad', 'evil', 'vile'],
    `${notAllowed('other')}, or ${notAllowed('goodbad', 1)}, or ${notAllowed('evil', 2)}; allowed: /^good/`,
  ],
])('%j: tells the values that may be the refused ones', async (images, says) => {
  const containers = images.map((image, nth) => ({ name: `c${nth}`, image }));
  const metadata = { name: 'asked', namespace };
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
  const { stderr } = await kubectl(['create', '--dry-run=server', '-f', '-'], {
    as: ring.user,
    input,
  });
  expect(/denied request: (.*)$/s.exec(stderr)?.[1]?.trim()).toBe(says);
});

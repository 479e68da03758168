import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterContext, freshNamespace, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';

import { createClient, type ClosableClient } from '../../kube/connect.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import { artifactAudience } from './artifact-audience.ts';
import { createConsumerTokens } from './consumer-token.ts';
import { createTokenReviewer } from './token-review.ts';

/** Tokens the API server really made, reviewed by the API server itself. */

let client: ClosableClient;
let namespace: string;
const { signal } = new AbortController();

beforeAll(async () => {
  const { kubeconfig } = clusterContext();
  client = createClient({ cluster: await loadKubeconfig({ paths: [kubeconfig] }) });
  namespace = await freshNamespace('tokens');
  await kubectlOk(['create', 'serviceaccount', 'app', '-n', namespace]);
});
afterAll(() => client.close());

const reviewer = (audience = artifactAudience) =>
  createTokenReviewer({ client, audience, clock: systemClock, log: silentLog });
const tokenOf = (name: string, audience = artifactAudience) =>
  createConsumerTokens({ client, audience, clock: systemClock }).tokenFor(
    { namespace, name },
    signal,
  );

test('a consumer’s token is its ServiceAccount’s', async () => {
  expect(await reviewer().serviceAccountOf(await tokenOf('app'))).toEqual({
    namespace,
    name: 'app',
  });
});

describe('refused', () => {
  test('a token for another audience, even one that claims ours', async () => {
    const other = await tokenOf('app', 'https://vault.example');
    expect(await reviewer().serviceAccountOf(other)).toBeUndefined();
    const [header, payload = '', signature] = other.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...claims, aud: [artifactAudience] }));
    expect(
      await reviewer().serviceAccountOf(
        [header, forged.toString('base64url'), signature].join('.'),
      ),
    ).toBeUndefined();
  });

  test('the API server’s own kind of token', async () => {
    const token = await kubectlOk(['create', 'token', 'app', '-n', namespace]);
    expect(await reviewer().serviceAccountOf(token.trim())).toBeUndefined();
  });

  test('alg none', async () => {
    const [, payload] = (await tokenOf('app')).split('.');
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(await reviewer().serviceAccountOf(`${header}.${payload}.AAAA`)).toBeUndefined();
  });

  test('the token of an account that is gone', async () => {
    await kubectlOk(['create', 'serviceaccount', 'leaver', '-n', namespace]);
    const token = await tokenOf('leaver');
    await kubectlOk(['delete', 'serviceaccount', 'leaver', '-n', namespace]);
    await eventually('it is nobody’s', async () => {
      return (await reviewer().serviceAccountOf(token)) === undefined;
    });
  });
});

test('an account that does not exist is named', async () => {
  await expect(tokenOf('nobody')).rejects.toMatchObject({
    message: expect.stringContaining(`ServiceAccount '${namespace}/nobody' not found`),
  });
});

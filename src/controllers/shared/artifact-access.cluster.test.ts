import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/estate.ts';
import { startGitServer, type GitServer } from '../../../test/support/git-server.ts';
import { startSourceHarness, type SourceHarness } from '../../../test/support/source-harness.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import { systemClock } from '../../base/clock.ts';
import { artifactAudience } from './artifact-audience.ts';
import { createRemoteArtifactReader } from './artifact-fetch.ts';
import { createConsumerTokens } from './consumer-token.ts';

/** The artifact server as strangers, neighbours and consumers meet it, with tokens of a real cluster. */

const { signal } = new AbortController();
let harness: SourceHarness;
let server: GitServer;

beforeAll(async () => {
  [harness, server] = await Promise.all([startSourceHarness(), startGitServer()]);
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await server.stop();
});

/** A published source in a namespace of its own. */
async function source(accessFrom?: object) {
  const namespace = await harness.namespace('owner');
  const name = freshName('fleet');
  await server.createRepo(name, { 'a.yaml': 'a' });
  const spec = { url: server.url(name), ...(accessFrom && { accessFrom }) };
  await harness.declare(namespace, name, spec);
  const object = await harness.ready(namespace, name);
  return { namespace, name, artifact: object.status!.artifact! };
}
const grantTo = (matchLabels: Record<string, string>) => ({
  namespaceSelectors: [{ matchLabels }],
});

const tokensFor = (audience: string) =>
  createConsumerTokens({ client: harness.admin, audience, clock: systemClock });
async function tokenOf(namespace: string, audience = artifactAudience): Promise<string> {
  return eventually('the namespace has its default account', () =>
    tokensFor(audience).tokenFor({ namespace, name: 'default' }, signal),
  );
}

/** Everything of an answer that a caller can see. */
async function get(path: string, authorization?: string) {
  const response = await fetch(`http://${harness.component.address}/${path}`, {
    ...(authorization !== undefined && { headers: { authorization } }),
  });
  const { date: _now, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: await response.text() };
}
const statusFor = async (path: string, namespace: string) =>
  (await get(path, `Bearer ${await tokenOf(namespace)}`)).status;

describe('who may read an artifact', () => {
  test('the source’s own namespace, and one that is granted access', async () => {
    const friend = await harness.namespace('friend', { tier: 'gold' });
    const { namespace, artifact } = await source(grantTo({ tier: 'gold' }));
    expect(await statusFor(artifact.path, namespace)).toBe(200);
    expect(await statusFor(artifact.path, friend)).toBe(200);
  });

  test('a neighbour may not, and cannot tell why', async () => {
    const neighbour = await harness.namespace('neighbour');
    const token = `Bearer ${await tokenOf(neighbour)}`;
    const unshared = await source();
    const shared = await source(grantTo({ tier: 'platinum' }));
    const { path } = unshared.artifact;
    const foreign = await tokenOf(unshared.namespace, 'https://vault.example');
    const answers = await Promise.all([
      get(path),
      get(path, ''),
      get(path, 'Bearer'),
      get(path, 'Bearer  '),
      get(path, 'Bearer hunter2'),
      get(path, 'Basic aHVudGVyMjp4'),
      get(path, `Bearer ${foreign}`),
      get(path, token),
      get(shared.artifact.path, token),
      get(path.replace(/[^/]+$/, 'nothing.tar.gz'), token),
      get(`gitrepository/${unshared.namespace}/absent/x.tar.gz`, token),
      get('gitrepository/no-such-namespace/absent/x.tar.gz', token),
      get('gitrepository/../../etc/passwd', token),
      get('', token),
    ]);
    expect(answers[0]?.status).toBe(401);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test('the API server’s own tokens open nothing here', async () => {
    const { namespace, artifact } = await source();
    const args = ['create', 'token', 'default', '-n', namespace];
    const token = await eventually('a token', () => kubectlOk(args));
    expect((await get(artifact.path, `Bearer ${token.trim()}`)).status).toBe(401);
  });
});

describe('a change is felt without asking again, by the token that was let in before', () => {
  test('the grant is given, and taken back', async () => {
    const friend = await harness.namespace('friend', { tier: 'gold' });
    const { namespace, name, artifact } = await source();
    const url = server.url(name);
    expect(await statusFor(artifact.path, friend)).toBe(401);
    await harness.declare(namespace, name, { url, accessFrom: grantTo({ tier: 'gold' }) });
    const becomes = (status: number) =>
      eventually(`HTTP ${status}`, async () =>
        (await statusFor(artifact.path, friend)) === status ? true : undefined,
      );
    await becomes(200);
    await harness.declare(namespace, name, { url });
    await becomes(401);
  });

  test('the namespace loses its label', async () => {
    const friend = await harness.namespace('friend', { tier: 'silver' });
    const { artifact } = await source(grantTo({ tier: 'silver' }));
    expect(await statusFor(artifact.path, friend)).toBe(200);
    await kubectlOk(['label', 'namespace', friend, 'tier-']);
    await eventually('HTTP 401', async () =>
      (await statusFor(artifact.path, friend)) === 401 ? true : undefined,
    );
  });
});

describe('a consumer that runs apart', () => {
  const reader = () =>
    createRemoteArtifactReader({
      address: harness.component.address ?? '',
      tokens: tokensFor(artifactAudience),
      maxBytes: 1_000_000,
    });

  test('reads what its namespace may, the same bytes as from the disk', async () => {
    const { namespace, name, artifact } = await source();
    const resolved = { type: GitRepository.type, key: { namespace, name }, artifact };
    await tokenOf(namespace);
    const bytes = await reader().read(resolved, { namespace }, signal);
    expect(bytes).toEqual(await harness.component.artifacts.read(resolved, { namespace }, signal));
  });

  test('waits for what it may not read', async () => {
    const neighbour = await harness.namespace('neighbour');
    const { namespace, name, artifact } = await source();
    const resolved = { type: GitRepository.type, key: { namespace, name }, artifact };
    await tokenOf(neighbour);
    await expect(reader().read(resolved, { namespace: neighbour }, signal)).rejects.toMatchObject({
      class: 'waiting',
      reason: 'ArtifactFailed',
    });
  });
});

test('without authorisation, stock consumers read as they always did', async () => {
  const { artifact } = await source();
  await harness.restart({ artifactAuthorization: false });
  expect((await get(artifact.path)).status).toBe(200);
  expect((await get(artifact.path.replace(/[^/]+$/, 'nothing.tar.gz'))).status).toBe(404);
});

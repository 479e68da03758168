import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName, kubectlOk } from '../../../test/support/cluster.ts';
import { startGitServer, type GitServer } from '../../../test/support/git-server.ts';
import {
  conditionOf,
  startSourceHarness,
  type SourceHarness,
} from '../../../test/support/source-harness.ts';
import { createAuthority, issueClient, issueServer } from '../../base/certificate.ts';

/** In every Secret of this file; must be in nothing that anybody can read. */
const canary = 'c4n4ry-hunter2';
const basic = { username: 'fleet', password: canary };

let harness: SourceHarness;
let server: GitServer;
let namespace: string;

beforeAll(async () => {
  [harness, server] = await Promise.all([
    startSourceHarness(),
    startGitServer({ auth: { basic } }),
  ]);
  namespace = await harness.namespace();
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await server.stop();
});

async function fleet(on: GitServer, spec: object = {}, at = namespace) {
  const name = freshName('fleet');
  const commit = await on.createRepo(name, { 'a.yaml': 'a' });
  await harness.declare(at, name, { url: on.url(name), secretRef: { name }, ...spec });
  return { name, revision: `main@sha1:${commit}` };
}

test('basic: a missing Secret is named, then a half one, then a wrong one; then it works', async () => {
  const { name, revision } = await fleet(server);
  const messageOf = async () => {
    const failed = await harness.failed(namespace, name, 'AuthenticationFailed');
    expect(conditionOf(failed, 'FetchFailed')?.reason).toBe('AuthenticationFailed');
    return conditionOf(failed, 'Ready')?.message;
  };
  expect(await messageOf()).toContain(`Secret '${namespace}/${name}' not found`);
  expect(server.count('info-refs', name)).toBe(0);

  await harness.secret(namespace, name, { username: basic.username });
  await harness.request(namespace, name);
  expect(await messageOf()).toContain("no 'password'");

  await harness.secret(namespace, name, { ...basic, password: `${canary}-wrong` });
  await harness.request(namespace, name);
  expect(await messageOf()).not.toContain(canary);

  await harness.secret(namespace, name, basic);
  await harness.ready(namespace, name, revision);
});

test('bearer token', async () => {
  await using guarded = await startGitServer({ auth: { bearer: canary } });
  const { name, revision } = await fleet(guarded);
  await harness.secret(namespace, name, { bearerToken: canary });
  await harness.request(namespace, name);
  await harness.ready(namespace, name, revision);
});

test('a private CA, then a client certificate', async () => {
  const authority = createAuthority('tests');
  const { certPem: cert, keyPem: key } = issueServer(authority, ['127.0.0.1']);
  await using guarded = await startGitServer({ tls: { cert, key, ca: authority.certPem } });
  const name = freshName('fleet');
  const commit = await guarded.createRepo(name, { 'a.yaml': 'a' });
  await harness.declare(namespace, name, { url: guarded.url(name) });
  await harness.failed(namespace, name, 'AuthenticationFailed');

  const ca = { 'ca.crt': authority.certPem };
  await harness.secret(namespace, name, ca);
  await harness.declare(namespace, name, { url: guarded.url(name), secretRef: { name } });
  const refused = await harness.until(
    namespace,
    name,
    (object) => object.status?.observedGeneration !== object.metadata.generation,
  );
  expect(conditionOf(refused, 'Ready')?.status).toBe('False');

  const client = issueClient(authority, { commonName: 'fleet' });
  const pair = { 'tls.crt': client.certPem, 'tls.key': client.keyPem };
  await harness.secret(namespace, name, { ...ca, ...pair });
  await harness.request(namespace, name);
  await harness.ready(namespace, name, `main@sha1:${commit}`);
});

test('an ssh:// URL without a Secret, or with one for http, says what is missing', async () => {
  const name = freshName('ssh');
  const url = 'ssh://git@127.0.0.1:1/fleet.git';
  await harness.declare(namespace, name, { url });
  const bare = await harness.failed(namespace, name, 'AuthenticationFailed');
  expect(conditionOf(bare, 'Ready')?.message).toContain('identity and known_hosts');
  await harness.secret(namespace, name, basic);
  await harness.declare(namespace, name, { url, secretRef: { name } });
  const wrong = await harness.until(namespace, name, (object) =>
    JSON.stringify(object.status).includes("no key 'identity'"),
  );
  expect(JSON.stringify(wrong.status)).not.toContain(canary);
});

test('a Secret of a GitHub App needs another provider', async () => {
  const { name } = await fleet(server);
  await harness.secret(namespace, name, { githubAppID: '1', githubAppPrivateKey: canary });
  await harness.request(namespace, name);
  await harness.failed(namespace, name, 'InvalidProviderConfiguration');
});

describe('the neighbour', () => {
  test('cannot use a Secret of this namespace, by any name', async () => {
    const { name, revision } = await fleet(server);
    await harness.secret(namespace, name, basic);
    await harness.request(namespace, name);
    await harness.ready(namespace, name, revision);
    const neighbour = await harness.namespace('neighbour');
    await harness.declare(neighbour, name, { url: server.url(name), secretRef: { name } });
    await harness.failed(neighbour, name, 'AuthenticationFailed');
    for (const reference of [`${namespace}/${name}`, `../${namespace}/secrets/${name}`]) {
      await harness.declare(neighbour, name, {
        url: server.url(name),
        secretRef: { name: reference },
      });
      const failed = await harness.until(
        neighbour,
        name,
        (object) => conditionOf(object, 'Ready')?.observedGeneration === object.metadata.generation,
      );
      expect(failed.status?.artifact).toBeUndefined();
    }
  });

  test('cannot read the mirror that this namespace’s credentials filled', async () => {
    const { name, revision } = await fleet(server);
    await harness.secret(namespace, name, basic);
    await harness.request(namespace, name);
    await harness.ready(namespace, name, revision);
    const neighbour = await harness.namespace('neighbour');
    await harness.declare(neighbour, name, { url: server.url(name) });
    const failed = await harness.failed(neighbour, name, 'AuthenticationFailed');
    expect(failed.status?.artifact).toBeUndefined();
  });
});

test('no secret is in any status, event or log line', async () => {
  const objects = await kubectlOk(['get', 'gitrepositories,events', '-A', '-o', 'json']);
  const encoded = Buffer.from(`${basic.username}:${canary}`).toString('base64');
  for (const text of [objects, harness.logs.join('\n'), JSON.stringify(harness.events)]) {
    expect(text).not.toContain(canary);
    expect(text).not.toContain(encoded);
  }
  expect(harness.logs.length).toBeGreaterThan(0);
});

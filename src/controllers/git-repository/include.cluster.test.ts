import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName, kubectlOk } from '../../../test/support/cluster.ts';
import { startGitServer, type GitServer } from '../../../test/support/git-server.ts';
import {
  conditionOf,
  startSourceHarness,
  type SourceHarness,
} from '../../../test/support/source-harness.ts';

let harness: SourceHarness;
let server: GitServer;
let namespace: string;

beforeAll(async () => {
  [harness, server] = await Promise.all([startSourceHarness(), startGitServer()]);
  namespace = await harness.namespace();
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await server.stop();
});

async function fleet(files: Record<string, string>, spec: object = {}, at = namespace) {
  const name = freshName('fleet');
  const commit = await server.createRepo(name, files);
  await harness.declare(at, name, { url: server.url(name), ...spec });
  return { name, commit, revision: `main@sha1:${commit}` };
}
const including = (name: string, paths: object = {}) => ({
  include: [{ repository: { name }, ...paths }],
});

test('files of another artifact are laid over, by default below its name', async () => {
  const lib = await fleet({ 'deploy/a.yaml': 'lib-a', 'deploy/b.yaml': 'lib-b', other: 'x' });
  const app = await fleet(
    { 'app.yaml': 'app', 'vendor/a.yaml': 'own' },
    including(lib.name, { fromPath: 'deploy', toPath: './vendor' }),
  );
  const { status } = await harness.ready(namespace, app.name, app.revision);
  expect(await harness.files(namespace, app.name)).toEqual({
    'app.yaml': 'app',
    'vendor/a.yaml': 'lib-a',
    'vendor/b.yaml': 'lib-b',
  });
  expect(status?.observedInclude).toEqual([
    { repository: { name: lib.name }, fromPath: 'deploy', toPath: './vendor' },
  ]);
  const included = await harness.get(namespace, lib.name);
  expect(status?.includedArtifacts).toEqual([included.status?.artifact]);

  await harness.declare(namespace, app.name, {
    url: server.url(app.name),
    ...including(lib.name),
  });
  await harness.ready(namespace, app.name, app.revision);
  expect(Object.keys(await harness.files(namespace, app.name))).toContain(
    `${lib.name}/deploy/a.yaml`,
  );
});

test('an include that is not there is waited for, and its artifact wakes at once', async () => {
  const name = freshName('later');
  const app = await fleet({ 'app.yaml': 'app' }, including(name));
  const missing = await harness.failed(namespace, app.name, 'NotFound');
  expect(conditionOf(missing, 'IncludeUnavailable')).toMatchObject({
    status: 'True',
    message: expect.stringContaining(`'${name}'`),
  });
  expect(conditionOf(missing, 'Reconciling')?.reason).toBe('Progressing');

  await harness.declare(namespace, name, { url: server.url(name) });
  await harness.failed(namespace, app.name, 'NoSourceArtifact');

  await server.createRepo(name, { 'lib.yaml': 'lib' });
  await harness.request(namespace, name);
  // Far below the fallback of thirty seconds.
  await harness.until(
    namespace,
    app.name,
    (object) => conditionOf(object, 'Ready')?.status === 'True',
  );
  expect(await harness.files(namespace, app.name)).toMatchObject({ [`${name}/lib.yaml`]: 'lib' });
});

test('a new artifact of the include makes a new one here, without a commit', async () => {
  const lib = await fleet({ 'lib.yaml': '1' });
  const app = await fleet({ 'app.yaml': 'app' }, including(lib.name));
  const before = await harness.ready(namespace, app.name, app.revision);
  await server.commit(lib.name, { write: { 'lib.yaml': '2' } });
  await harness.request(namespace, lib.name);
  const after = await harness.until(
    namespace,
    app.name,
    ({ status }) =>
      status?.artifact !== undefined &&
      status.artifact.digest !== before.status?.artifact?.digest &&
      status.conditions?.[0]?.status === 'True',
  );
  expect(after.status?.artifact?.revision).toBe(app.revision);
  expect(await harness.files(namespace, app.name)).toMatchObject({ [`${lib.name}/lib.yaml`]: '2' });
});

test('a directory the include does not have is named; the artifact stays', async () => {
  const lib = await fleet({ 'lib.yaml': '1' });
  const app = await fleet({ 'app.yaml': 'app' });
  const before = await harness.ready(namespace, app.name, app.revision);
  await harness.declare(namespace, app.name, {
    url: server.url(app.name),
    ...including(lib.name, { fromPath: 'nowhere' }),
  });
  const failed = await harness.failed(namespace, app.name, 'CopyFailure');
  expect(conditionOf(failed, 'IncludeUnavailable')?.message).toContain("'nowhere'");
  expect(failed.status?.artifact).toEqual(before.status?.artifact);
});

test('two that include each other stall, and are free when one lets go', async () => {
  const one = freshName('one');
  const two = await fleet({ 'two.yaml': '2' }, including(one));
  await server.createRepo(one, { 'one.yaml': '1' });
  await harness.declare(namespace, one, { url: server.url(one), ...including(two.name) });
  const stuck = await harness.failed(namespace, one, 'InvalidSpec');
  expect(conditionOf(stuck, 'Stalled')?.message).toContain(`${one} → ${two.name} → ${one}`);
  await harness.declare(namespace, two.name, { url: server.url(two.name) });
  await harness.ready(namespace, two.name, two.revision);
  await harness.ready(namespace, one);
  expect(await harness.files(namespace, one)).toMatchObject({ [`${two.name}/two.yaml`]: '2' });
});

test('a neighbour’s repository of the same name is not found, whatever the name says', async () => {
  const lib = await fleet({ 'lib.yaml': 'secret' });
  await harness.ready(namespace, lib.name);
  const neighbour = await harness.namespace('neighbour');
  for (const reference of [lib.name, `${namespace}/${lib.name}`]) {
    const app = await fleet({ 'app.yaml': 'app' }, including(reference), neighbour);
    await harness.failed(neighbour, app.name, 'NotFound');
  }
  const all = await kubectlOk(['get', 'gitrepositories', '-n', neighbour, '-o', 'json']);
  expect(all).not.toContain(lib.commit);
});

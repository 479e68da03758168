import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName, kubectlOk } from '../../../test/support/cluster.ts';
import { startGitServer, type GitServer } from '../../../test/support/git-server.ts';
import { startSourceHarness, type SourceHarness } from '../../../test/support/source-harness.ts';

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

/** A repository on the server, and a GitRepository for it; its name is theirs. */
async function fleet(files: Record<string, string> = { 'a.yaml': 'a' }, spec: object = {}) {
  const name = freshName('fleet');
  const commit = await server.createRepo(name, files);
  await harness.declare(namespace, name, { url: server.url(name), ...spec });
  return { name, commit };
}
const eventsOf = (name: string) =>
  harness.events.filter(({ about }) => about === `${namespace}/${name}`);

describe('a commit becomes an artifact', () => {
  test('named, conditioned and announced as users know it', async () => {
    const { name, commit } = await fleet({ 'a.yaml': 'a', 'dir/b.yaml': 'b' });
    const revision = `main@sha1:${commit}`;
    const { status } = await harness.ready(namespace, name, revision);
    const path = `gitrepository/${namespace}/${name}/${commit}.tar.gz`;
    expect(status?.artifact).toMatchObject({
      revision,
      path,
      url: `http://${harness.component.address}/${path}`,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      size: expect.any(Number),
    });
    const message = `stored artifact for revision '${revision}'`;
    expect(status?.conditions).toMatchObject([
      { type: 'Ready', status: 'True', reason: 'Succeeded', message },
      { type: 'ArtifactInStorage', status: 'True', reason: 'Succeeded', message },
    ]);
    expect(await harness.files(namespace, name)).toEqual({ 'a.yaml': 'a', 'dir/b.yaml': 'b' });
    expect(eventsOf(name).filter(({ severity }) => severity === 'info')).toMatchObject([
      {
        reason: 'NewArtifact',
        message: "stored artifact for commit 'Add the fleet'",
        metadata: { revision, digest: status?.artifact?.digest },
      },
    ]);
  });

  test('a long or hostile subject is cut to fifty characters of one line', async () => {
    const { name } = await fleet();
    await harness.ready(namespace, name);
    const message = `Ship \u0007it ${'🚀'.repeat(60)}\n\nbody`;
    await server.commit(name, { write: { 'a.yaml': 'b' }, message });
    await harness.request(namespace, name);
    const [told] = eventsOf(name).filter(({ message: text }) => text.includes('Ship'));
    expect(told?.message).toMatch(/^stored artifact for commit 'Ship {2}it 🚀+.?\.\.\.'$/u);
    expect(told?.message.length).toBeLessThanOrEqual(50 + "stored artifact for commit ''".length);
    expect(told?.message.isWellFormed()).toBe(true);
  });

  test('kubectl waits for it and lists it', async () => {
    const { name } = await fleet();
    const at = ['-n', namespace];
    await kubectlOk([
      'wait',
      '--for=condition=Ready',
      '--timeout=240s',
      `gitrepository/${name}`,
      ...at,
    ]);
    const table = await kubectlOk(['get', 'gitrepo', name, ...at]);
    expect(table).toMatch(/^NAME\s+URL\s+AGE\s+READY\s+STATUS/);
    expect(table).toMatch(new RegExp(`${name}\\s+${server.url(name)}\\s+\\S+\\s+True\\s+stored`));
  });
});

describe('references', () => {
  test('each form has its revision, and they win over each other in order', async () => {
    // Whole before it is declared: the first run would be at whatever the branch is by then, for an hour.
    const name = freshName('fleet');
    const first = await server.createRepo(name, { v: '1' });
    await server.tag(name, 'v1.0.0');
    const second = await server.commit(name, { write: { v: '2' } });
    await server.tag(name, 'v1.1.0', { message: 'annotated' });
    await server.tag(name, 'v2.0.0-rc.1');
    const third = await server.commit(name, { write: { v: '3' }, branch: 'dev', from: 'main' });
    await server.repository(name).setRef('refs/pull/1/head', third);
    const expectations: [object, string][] = [
      [{ branch: 'main' }, `main@sha1:${second}`],
      [{ branch: 'dev' }, `dev@sha1:${third}`],
      [{ tag: 'v1.0.0', branch: 'dev' }, `v1.0.0@sha1:${first}`],
      [{ semver: '>=1.0.0 <2.0.0', tag: 'v1.0.0' }, `v1.1.0@sha1:${second}`],
      [{ name: 'refs/pull/1/head', semver: '1.x' }, `refs/pull/1/head@sha1:${third}`],
      [{ commit: first, name: 'refs/pull/1/head' }, `sha1:${first}`],
      [{ commit: first, branch: 'main' }, `main@sha1:${first}`],
    ];
    for (const [ref, revision] of expectations) {
      await harness.declare(namespace, name, { url: server.url(name), ref });
      await harness.ready(namespace, name, revision);
    }
  });
});

describe('nothing changed', () => {
  test('costs one ls-remote and no request to the API server', async () => {
    const { name } = await fleet({ 'a.yaml': 'a' }, { interval: '1s' });
    await harness.ready(namespace, name);
    server.requests.length = 0;
    harness.requests();
    await expect.poll(() => server.count('ls-refs', name)).toBeGreaterThanOrEqual(3);
    expect(server.count('fetch', name)).toBe(0);
    expect(harness.requests()).toEqual([]);
    await harness.declare(namespace, name, { url: server.url(name) });
  });

  test('who asks is told, by a trace that is posted nowhere', async () => {
    const { name, commit } = await fleet();
    await harness.ready(namespace, name);
    await harness.request(namespace, name);
    expect(eventsOf(name).at(-1)).toMatchObject({
      severity: 'trace',
      reason: 'GitOperationSucceeded',
      message: expect.stringContaining(`main@sha1:${commit}`),
    });
    expect(eventsOf(name).filter(({ severity }) => severity === 'info')).toHaveLength(1);
  });

  test('objects with the same URL and credentials share one fetch', async () => {
    const { name, commit } = await fleet({ big: 'x'.repeat(10_000) });
    const others = await Promise.all(
      ['one', 'two', 'three'].map((prefix) => harness.namespace(prefix)),
    );
    for (const other of others) await harness.declare(other, name, { url: server.url(name) });
    for (const other of [namespace, ...others]) {
      await harness.ready(other, name, `main@sha1:${commit}`);
    }
    expect(server.count('fetch', name)).toBe(1);
  });
});

describe('what an artifact holds', () => {
  const tree = {
    'app.yaml': 'app',
    'logo.png': 'picture',
    'docs/readme.md': 'text',
    'apps/a/kustomization.yaml': 'a',
    'infra/b.yaml': 'b',
  };

  test('the default ignore rules, until spec.ignore replaces them', async () => {
    const { name, commit } = await fleet(tree);
    await harness.ready(namespace, name);
    expect(Object.keys(await harness.files(namespace, name))).not.toContain('logo.png');
    const ignore = '/*\n!/apps\n!/logo.png\n';
    await harness.declare(namespace, name, { url: server.url(name), ignore });
    const { status } = await harness.ready(namespace, name, `main@sha1:${commit}`);
    expect(status?.observedIgnore).toBe(ignore);
    expect(Object.keys(await harness.files(namespace, name)).sort()).toEqual([
      'apps/a/kustomization.yaml',
      'logo.png',
    ]);
  });

  test('spec.sparseCheckout takes directories, and a missing one is named', async () => {
    const { name } = await fleet(tree, { sparseCheckout: ['./apps', 'infra'] });
    const { status } = await harness.ready(namespace, name);
    expect(status?.observedSparseCheckout).toEqual(['./apps', 'infra']);
    expect(Object.keys(await harness.files(namespace, name)).sort()).toEqual([
      'apps/a/kustomization.yaml',
      'infra/b.yaml',
    ]);
    await harness.declare(namespace, name, { url: server.url(name), sparseCheckout: ['nowhere'] });
    const failed = await harness.failed(namespace, name, 'GitOperationFailed');
    expect(JSON.stringify(failed.status)).toContain("no directory 'nowhere'");
    expect(failed.status?.artifact).toEqual(status?.artifact);
  });

  test('submodules, when they are asked for', async () => {
    const library = freshName('library');
    const pinned = await server.createRepo(library, { 'lib.yaml': 'lib' });
    const { name } = await fleet({ 'a.yaml': 'a' });
    await server.commit(name, {
      write: { '.gitmodules': `[submodule "lib"]\n\tpath = lib\n\turl = ../${library}.git\n` },
      submodules: { lib: pinned },
    });
    await harness.request(namespace, name);
    expect(await harness.files(namespace, name)).toEqual({ 'a.yaml': 'a' });
    await harness.declare(namespace, name, { url: server.url(name), recurseSubmodules: true });
    const { status } = await harness.ready(namespace, name);
    expect(status?.observedRecurseSubmodules).toBe(true);
    expect(await harness.files(namespace, name)).toEqual({ 'a.yaml': 'a', 'lib/lib.yaml': 'lib' });
  });

  test('no symbolic links, wherever they point', async () => {
    const { name } = await fleet();
    await server.commit(name, {
      write: { 'b.yaml': 'b' },
      symlinks: { passwd: '/etc/passwd', up: '../..', loop: 'loop' },
    });
    await harness.request(namespace, name);
    expect(await harness.files(namespace, name)).toEqual({ 'a.yaml': 'a', 'b.yaml': 'b' });
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGitServer, type GitServer } from '../../../test/support/git-server.ts';
import { freshName } from '../../../test/support/cluster.ts';
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
    expect(status?.artifact).toMatchObject({
      revision,
      path: `gitrepository/${namespace}/${name}/${commit}.tar.gz`,
      url: `http://${harness.component.address}/gitrepository/${namespace}/${name}/${commit}.tar.gz`,
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
});

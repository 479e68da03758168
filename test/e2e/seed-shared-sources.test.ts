import { afterAll, beforeAll, expect, test } from 'vitest';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import {
  configMap,
  grantTo,
  home,
  kustomization,
  tenantObjects,
} from '../support/estate-objects.ts';
import { startEstate, type Estate } from '../support/estate.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import { seed } from '../support/seed.ts';
import { generateSshKey, startSshGitServer, type SshGitServer } from '../support/ssh-git-server.ts';

/** Access control for source references: whoever owns a source says which namespaces may use it. */
const teams = ['dev-team1', 'dev-team2', 'dev-team3'];
const app1 = { namespace: 'dev-team1', name: 'app1' };
const clusterConfig = { namespace: home, name: 'cluster-config' };
const key = generateSshKey();

let estate: Estate;
let ssh: SshGitServer;
beforeAll(async () => {
  [estate, ssh] = await Promise.all([
    startEstate({ tenants: [] }),
    startSshGitServer({ authorizedKey: key.public }),
  ]);
  for (const name of ['app1-deploy', 'cluster-config']) {
    const write = { 'deploy/settings.yaml': configMap(name, 'shared') };
    await ssh.createRepo(name, {});
    // A GitRepository that names no ref means branch master.
    await ssh.commit(name, { write, branch: 'master' });
  }
  const secret = (name: string, namespace: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData: { identity: key.private, known_hosts: ssh.knownHosts },
  });
  await estate.apply(
    ...teams.flatMap(tenantObjects),
    secret('app1-ro-ssh-key', 'dev-team1'),
    secret('read-write-ssh-key', home),
  );
  await estate.startManager();
  const input = seed('shared-sources', {
    'ssh://git@github.com/<org>/app1-deploy': ssh.url('app1-deploy'),
    'ssh://git@github.com/<org>/cluster-config': ssh.url('cluster-config'),
  });
  const { code, stderr } = await estate.kubectl(['apply', '-f', '-'], { input });
  expect([code, stderr]).toEqual([0, expect.stringContaining('deprecated')]);
});
afterAll(async () => {
  await ssh?.stop();
  await estate?.[Symbol.asyncDispose]();
});
reportOnFailure(() => estate);

type Source = { namespace: string; name: string };

/** A Kustomization of the team on the source; named after it. */
async function use(team: string, { namespace, name }: Source, at = namespace): Promise<Source> {
  const own = { namespace: team, name: `use-${name}` };
  const sourceRef = { kind: 'GitRepository', name, namespace: at };
  await estate.apply(kustomization(own, { path: './deploy', sourceRef }));
  return own;
}
const works = { ready: 'True' as const };
const refused = {
  ready: 'False' as const,
  reason: 'AccessDenied',
  has: ['Stalled'],
  message: /namespace '[\w-]+' has no access .*spec\.accessFrom\.namespaceSelectors/,
};

async function grant(source: Source, accessFrom: object | null): Promise<void> {
  await estate.admin.patch(GitRepository.type, source, {
    type: 'merge',
    // Test input is JSON.
    body: { spec: { accessFrom } } as never,
  });
}

test('the manifests become ready, in the version they are written in', async () => {
  for (const source of [app1, clusterConfig]) {
    await estate.settled('GitRepository', source, works);
  }
  const { stdout } = await estate.kubectl([
    '-n',
    'dev-team1',
    'get',
    'gitrepositories.v1beta1.source.toolkit.fluxcd.io/app1',
    '-o',
    'jsonpath={.apiVersion} {.spec.interval}',
  ]);
  expect(stdout).toBe('source.toolkit.fluxcd.io/v1beta1 1m');
});

test('a team deploys from the repository another team shares with it; a third is refused', async () => {
  await estate.settled('Kustomization', await use('dev-team1', app1), works);
  await estate.settled('Kustomization', await use('dev-team2', app1), works);
  await estate.settled('Kustomization', await use('dev-team3', app1), refused);
});

test("the platform's repository is open to one team only", async () => {
  await estate.settled('Kustomization', await use('dev-team1', clusterConfig), works);
  await estate.settled('Kustomization', await use('dev-team2', clusterConfig), refused);
});

test('a refusal is the same whether or not the source exists', async () => {
  const told = async (source: Source) => {
    const own = await use('dev-team3', source);
    const { status } = await estate.settled('Kustomization', own, refused);
    const conditions = status?.conditions?.map(({ type, reason, message }) => [
      type,
      reason,
      message,
    ]);
    return JSON.stringify({ ...status, conditions }).replaceAll(source.name, 'NAME');
  };
  expect(await told(clusterConfig)).toBe(await told({ namespace: home, name: 'cluster-cnofig' }));
});

test('a grant taken back, and given to another, takes effect at once and without a commit', async () => {
  const [second, third] = teams.slice(1).map((namespace) => ({ namespace, name: 'use-app1' }));
  if (!second || !third) throw new Error('two teams use it');
  await grant(app1, grantTo(['dev-team3']));
  await estate.settled('Kustomization', second, refused);
  await estate.settled('Kustomization', third, works);
  // What was applied under the grant stays: only new applies are refused.
  const { stdout } = await estate.kubectl([
    '-n',
    'dev-team2',
    'get',
    'cm/app1-deploy',
    '-o',
    'name',
  ]);
  expect(stdout).toBe('configmap/app1-deploy\n');
});

test('empty matchLabels admit every namespace; without accessFrom nobody else is admitted', async () => {
  const users = teams.map((namespace) => ({ namespace, name: 'use-app1' }));
  await grant(app1, { namespaceSelectors: [{ matchLabels: {} }] });
  for (const user of users) await estate.settled('Kustomization', user, works);
  await grant(app1, null);
  const [own, ...others] = users;
  for (const user of others) await estate.settled('Kustomization', user, refused);
  if (own) await estate.settled('Kustomization', own, works);
});

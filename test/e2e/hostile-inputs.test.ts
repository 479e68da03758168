import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aliasBomb, endlessFiles } from '../../src/engines/render/__fixtures__/engine.ts';
import { configMap, gitRepository, kustomization } from '../support/estate-objects.ts';
import { configMaps, events, startEstate, type Estate } from '../support/estate.ts';
import { eventually } from '../support/eventually.ts';
import type { CommitChanges } from '../support/git-server-repository.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { descendantsOf } from '../support/process-tree.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';
import type { Expected } from '../support/settled.ts';

/**
 * A tenant that attacks, through everything it may write: Git, its Kustomizations, its Secrets. All
 * attacks run at once. Each ends in a condition; none reads a file of the host, runs a program or
 * reaches a server; a neighbour is served meanwhile, by the same process.
 */
const [attacker, victim] = ['attacker', 'victim'];
const canary = `canary${Math.random().toString(36).slice(2)}`;

interface Attack {
  /** Files below the attack's directory; `HOST` is a file of the host, `SERVER` one never to be asked. */
  files?: Record<string, string>;
  symlinks?: Record<string, string>;
  spec?: Record<string, unknown>;
  expected: Expected;
}

const built = (message: RegExp): Expected => ({ ready: 'False', reason: 'BuildFailed', message });
const resources = (...entries: string[]) => ({
  'kustomization.yaml': JSON.stringify({ resources: entries }),
});
const object = (more: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, ...more });
const kubeconfig = (cluster: object, user: object) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://203.0.113.1', ...cluster } }],
    users: [{ name: 'u', user }],
  });
const remote = (name: string) => ({ kubeConfig: { secretRef: { name } } });
const refused: Expected = {
  ready: 'False',
  reason: 'ReconciliationFailed',
  message: /is refused/,
};
const exec = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: '/bin/sh',
  args: ['-c', 'echo run >> HOST'],
  interactiveMode: 'Never',
};

/** By the name of the Secret. */
const kubeconfigs: Record<string, string> = {
  'kubeconfig-exec': kubeconfig({}, { exec }),
  'kubeconfig-token-file': kubeconfig({}, { tokenFile: 'HOST' }),
  'kubeconfig-local': kubeconfig({ server: 'SERVER' }, { token: 'x' }),
  'kubeconfig-metadata': kubeconfig({ server: 'https://169.254.169.254' }, { token: 'x' }),
  'kubeconfig-as-admin': kubeconfig({}, { as: 'admin', 'as-groups': ['system:masters'] }),
};

const attacks: Record<string, Attack> = {
  'path-up': { files: resources('../../../../../../../../..HOST'), expected: built(/outside/) },
  'path-absolute': { files: resources('HOST'), expected: built(/./) },
  'generator-file': {
    files: {
      'kustomization.yaml': JSON.stringify({ secretGenerator: [{ name: 'x', files: ['HOST'] }] }),
    },
    expected: built(/./),
  },
  'link-to-file': {
    files: resources('link.yaml'),
    symlinks: { 'link.yaml': 'HOST' },
    expected: built(/link\.yaml/),
  },
  'link-for-path': {
    symlinks: { here: '/etc' },
    files: { 'a.yaml': configMap('a', 'x') },
    spec: { path: './link-for-path/here' },
    expected: { ready: 'False', reason: 'ArtifactFailed' },
  },
  'spec-path-up': {
    spec: { path: './../../../../../etc' },
    expected: { ready: 'False' },
  },
  'includes-itself': { files: resources('.'), expected: built(/include each other/) },
  'includes-each-other': {
    files: {
      ...resources('one'),
      'one/kustomization.yaml': 'resources: [../two]\n',
      'two/kustomization.yaml': 'resources: [../one]\n',
    },
    expected: built(/one -> .*two|two -> .*one/),
  },
  'never-ends': { files: endlessFiles(), expected: built(/deadline|took longer|memory/i) },
  'alias-bomb': {
    files: { 'a.yaml': configMap('a', 'x') + aliasBomb() },
    expected: built(/./),
  },
  'function-exec': {
    files: {
      ...resources('a.yaml'),
      'kustomization.yaml': JSON.stringify({ resources: ['a.yaml'], transformers: ['t.yaml'] }),
      'a.yaml': configMap('a', 'x'),
      't.yaml': JSON.stringify({
        apiVersion: 'a/v1',
        kind: 'Foo',
        metadata: {
          name: 'x',
          annotations: { 'config.kubernetes.io/function': 'exec: {path: /bin/sh}' },
        },
      }),
    },
    expected: built(/./),
  },
  'chart-from-the-web': {
    files: {
      'kustomization.yaml': JSON.stringify({
        helmCharts: [{ name: 'x', repo: 'SERVER', releaseName: 'x' }],
      }),
    },
    expected: built(/./),
  },
  'base-from-the-web': {
    files: resources('SERVER/x.yaml'),
    expected: built(/remote bases are not allowed/),
  },
  'absurd-durations': {
    files: { 'a.yaml': configMap('absurd', 'x') },
    spec: { interval: '9999999h', timeout: `${'9'.repeat(300)}h`, retryInterval: '0.0000001ms' },
    expected: { ready: 'True' },
  },
  'another-namespace': {
    files: { 'a.yaml': object({ metadata: { name: 'stolen', namespace: victim } }) },
    spec: { targetNamespace: victim },
    expected: { ready: 'False', reason: 'ReconciliationFailed', message: /may not patch/ },
  },
  ...Object.fromEntries(
    Object.keys(kubeconfigs).map((name): [string, Attack] => [
      name,
      { files: { 'a.yaml': configMap('a', 'x') }, spec: remote(name), expected: refused },
    ]),
  ),
};

let estate: Estate;
let manager: ManagerProcess;
let server: ScriptedServer;
let folder: string;
let hostFile: string;
const put = (text: string) => text.replaceAll('HOST', hostFile).replaceAll('SERVER', server.url);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'host-'));
  hostFile = path.join(folder, 'token.yaml');
  await writeFile(hostFile, configMap('host', canary));
  server = await startScriptedServer((_request, response) => void response.end(canary));
  estate = await startEstate({ tenants: [attacker, victim] });
  manager = await estate.startManager();
  await estate.deploy(victim, { wait: true });
  await estate.push({ write: { [`${victim}/settings.yaml`]: configMap('settings', 'before') } });
  await estate.equalsGit({ [victim]: 1 });
});
afterAll(async () => {
  await estate?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
reportOnFailure(() => estate);

function attackFiles(): CommitChanges {
  const [write, symlinks]: Record<string, string>[] = [{}, {}];
  for (const [name, attack] of Object.entries(attacks)) {
    for (const [file, text] of Object.entries(attack.files ?? {})) {
      write![`${name}/${file}`] = put(text);
    }
    for (const [file, target] of Object.entries(attack.symlinks ?? {})) {
      symlinks![`${name}/${file}`] = put(target);
    }
  }
  return { write: write!, symlinks: symlinks! };
}

test('the attacks begin, and the neighbour is served while they run', async () => {
  await estate.git.createRepo('evil');
  await estate.git.commit('evil', attackFiles());
  const url = estate.git.url('evil');
  await estate.apply(
    gitRepository({ namespace: attacker, name: 'evil' }, { url }),
    ...Object.entries(kubeconfigs).map(([name, text]) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: attacker, name },
      stringData: { value: put(text) },
    })),
    ...Object.entries(attacks).map(([name, { spec }]) =>
      kustomization(
        { namespace: attacker, name },
        { path: `./${name}`, sourceRef: { kind: 'GitRepository', name: 'evil' }, ...spec },
      ),
    ),
  );
  await estate.settled('GitRepository', { namespace: attacker, name: 'evil' }, { ready: 'True' });
  for (const value of ['during', 'still']) {
    await estate.push({ write: { [`${victim}/settings.yaml`]: configMap('settings', value) } });
    const objects = await eventually('the neighbour is served', async () => {
      const found = await estate.admin.get(configMaps, { namespace: victim, name: 'settings' });
      return (found['data'] as { value?: string }).value === value ? found : undefined;
    });
    expect(objects.metadata.namespace).toBe(victim);
  }
});

test.each(Object.entries(attacks))('%s ends as it should', async (name, { expected }) => {
  const key = { namespace: attacker, name };
  await estate.settled('Kustomization', key, { withinSeconds: 150, ...expected });
});

test('no program ran but Git and the engine, and no server of theirs was asked', async () => {
  const processes = await descendantsOf(manager.pid);
  const names = await Promise.all(
    processes.map(({ pid }) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')),
  );
  const foreign = names
    .map((name) => name.trim())
    .filter((name) => !/^(engine|git|ssh|$)/.test(name));
  expect(foreign).toEqual([]);
  expect(await readFile(hostFile, 'utf8')).toBe(configMap('host', canary));
  expect(server.seen).toEqual([]);
});

test('the canary of the host is in no object, no status, no event and no log line', async () => {
  const lists = await Promise.all([
    estate.admin.list(configMaps, { namespace: attacker }),
    estate.admin.list(events),
  ]);
  const report = await estate.report();
  const seen = JSON.stringify([...lists.map(({ items }) => items), report, manager.log]);
  expect(seen).toContain('never-ends');
  expect(seen).not.toContain(canary);
});

test('the process is the same as before, and still serves', async () => {
  expect(manager.exited).toBe(false);
  await estate.push({ write: { [`${victim}/settings.yaml`]: configMap('settings', 'after') } });
  const objects = await estate.equalsGit({ [victim]: 1 });
  expect(objects.get(`${victim}/settings`)).toBe('after');
  expect((await estate.admin.list(configMaps, { namespace: victim })).items).toHaveLength(2);
});

import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { eventsCommand } from '../../src/cli/events.ts';
import { getCommand } from '../../src/cli/get.ts';
import { reconcileCommand } from '../../src/cli/reconcile.ts';
import { resumeCommand } from '../../src/cli/resume.ts';
import { suspendCommand } from '../../src/cli/suspend.ts';
import { traceCommand } from '../../src/cli/trace.ts';
import { treeCommand } from '../../src/cli/tree.ts';
import { configMap, home, kustomization } from '../support/estate-objects.ts';
import { configMaps, startEstate, type Estate } from '../support/estate.ts';
import { eventually } from '../support/eventually.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import type { WithStatus } from '../support/settled.ts';
import { cliOf } from '../support/tenantry-cli.ts';

/** What people type, with `tenantry`. */
const tenant = 'typed';
const neighbour = 'neighbour';
const apps = { namespace: tenant, name: 'apps' };
const commands = [
  getCommand,
  treeCommand,
  traceCommand,
  eventsCommand,
  reconcileCommand,
  suspendCommand,
  resumeCommand,
];
const as = (namespace: string) => [
  '--as',
  `system:serviceaccount:${namespace}:gitops-reconciler`,
  '-n',
  namespace,
];

let estate: Estate;
let tenantry: ReturnType<typeof cliOf>;
beforeAll(async () => {
  estate = await startEstate({ tenants: [tenant, neighbour] });
  tenantry = cliOf(commands, ['--kubeconfig', estate.plane.kubeconfig]);
  await estate.startManager();
  const write = {
    [`${tenant}/settings.yaml`]: configMap('settings', 'first'),
    [`${neighbour}/settings.yaml`]: configMap('settings', 'first'),
  };
  await estate.git.commit('fleet', { write });
  await estate.deploy(tenant);
  await estate.deploy(neighbour);
  await estate.request();
  await estate.equalsGit({ [tenant]: 1, [neighbour]: 1 });
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

/** Runs a command that must succeed; its output. */
async function run(...argv: string[]): Promise<string> {
  const { code, out, err } = await tenantry(argv);
  expect([code, err.includes('✗') ? err : '']).toEqual([0, '']);
  return out;
}
const short = async () => (await estate.tip()).replace(/([0-9a-f]{8})[0-9a-f]{32}/, '$1');
const cells = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line) => line.split(/\s{2,}/));

describe('get', () => {
  test('shows Kustomizations with the columns of Flux', async () => {
    const [header, row, ...more] = cells(await run('get', 'ks', '-n', tenant));
    expect(header).toEqual(['NAME', 'REVISION', 'SUSPENDED', 'READY', 'MESSAGE']);
    const revision = await short();
    expect(row).toEqual(['apps', revision, 'False', 'True', `Applied revision: ${revision}`]);
    expect(more).toEqual([]);
  });

  test('shows all kinds of all namespaces, and the revision in full as JSON', async () => {
    const text = await run('get', 'all', '-A');
    expect(text).toMatch(/^NAMESPACE\s+NAME/);
    expect(text).toMatch(new RegExp(`^${home}\\s+gitrepository/fleet\\s`, 'm'));
    expect(text).toMatch(new RegExp(`^${neighbour}\\s+kustomization/apps\\s`, 'm'));
    const { items } = JSON.parse(await run('get', 'ks/apps', '-n', tenant, '-o', 'json')) as {
      items: unknown[];
    };
    expect(items).toEqual([
      expect.objectContaining({ kind: 'Kustomization', revision: await estate.tip() }),
    ]);
  });

  test.each([
    [['source', 'git', 'fleet']],
    [['sources', 'git']],
    [['gitrepo/fleet']],
    [['GitRepository', 'fleet']],
    [['gitrepositories.source.toolkit.fluxcd.io', 'fleet']],
  ])('%j is the source', async (words) => {
    expect(cells(await run('get', ...words, '-n', home))[1]?.[0]).toBe('fleet');
  });

  test('selects by status', async () => {
    expect(await run('get', 'ks', '-A', '--status-selector', 'ready!=true')).toBe('');
    expect(cells(await run('get', 'ks', '-A', '--status-selector', 'Ready=True'))).toHaveLength(3);
  });

  test('--watch goes on until it is interrupted, and ends in peace', async () => {
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const watching = tenantry(['get', 'ks/apps', '-n', tenant, '--watch'], {
      signal: stop.signal,
      onOutput: (out) => {
        if (out.includes('apps')) resolve();
        if (cells(out).some((row) => row[0] === 'apps' && row[2] === 'True')) stop.abort();
      },
    });
    await promise;
    await run('suspend', 'ks/apps', '-n', tenant);
    const { code, out, err } = await watching;
    expect([code, err]).toEqual([0, '']);
    expect(out.match(/^NAME/gm)).toHaveLength(1);
    await run('resume', 'ks/apps', '-n', tenant);
  });

  test('of a name that is not there says where it looked', async () => {
    const { code, err } = await tenantry(['get', 'ks/none', '-n', tenant]);
    expect(code).toBe(1);
    expect(err).toContain(`kustomization/none not found in namespace '${tenant}'`);
  });
});

describe('reconcile', () => {
  test('--with-source brings a push into the cluster, and waits for it', async () => {
    await estate.git.commit('fleet', {
      write: { [`${tenant}/settings.yaml`]: configMap('settings', 'second') },
    });
    const { code, out, err } = await tenantry([
      'reconcile',
      'ks/apps',
      '-n',
      tenant,
      '--with-source',
    ]);
    expect([code, out]).toEqual([0, `✔ kustomization/apps Applied revision: ${await short()}\n`]);
    expect(err).toContain(`► gitrepository/fleet in namespace '${home}' is asked to reconcile`);
    const live = await estate.admin.get(configMaps, { namespace: tenant, name: 'settings' });
    expect(live['data']).toEqual({ value: 'second' });
  });

  test('a tenant reconciles its own object, and is told why it may not the source', async () => {
    const mine = await tenantry(['reconcile', 'ks', 'apps', ...as(tenant)]);
    expect([mine.code, mine.out]).toEqual([0, expect.stringContaining('Applied revision')]);
    const theirs = await tenantry(['reconcile', 'ks/apps', '--with-source', ...as(tenant)]);
    expect(theirs.code).toBe(1);
    expect(theirs.err).toMatch(
      /may not get gitrepositories\.source\.toolkit\.fluxcd\.io in namespace 'flux-system': it takes a RoleBinding there/,
    );
    expect(theirs.err).not.toContain('    at ');
  });

  test("a neighbour's object is refused, whether or not it exists", async () => {
    const verbs = ['reconcile', 'suspend', 'resume', 'tree', 'events'];
    for (const verb of verbs) {
      const words = (name: string) => [
        verb,
        `ks/${name}`,
        '--as',
        `system:serviceaccount:${neighbour}:gitops-reconciler`,
        '-n',
        tenant,
      ];
      const [there, absent] = [await tenantry(words('apps')), await tenantry(words('none'))];
      expect([verb, there.code]).toEqual([verb, 1]);
      expect(there.err).toContain(`in namespace '${tenant}'`);
      expect(absent).toEqual(there);
    }
  });

  test('a failed attempt ends the wait with its message', async () => {
    await estate.apply(kustomization({ namespace: tenant, name: 'broken' }, { path: './none' }));
    await estate.settled(
      'Kustomization',
      { namespace: tenant, name: 'broken' },
      { ready: 'False' },
    );
    const { code, out, err } = await tenantry(['reconcile', 'ks/broken', '-n', tenant]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('✗ kustomization/broken failed:');
    expect(err).toContain('correct spec.path');
    await estate.kubectl(['-n', tenant, 'delete', 'ks/broken', '--timeout=240s']);
  });

  test('what waits says for what, and time is up when it is up', async () => {
    const dependsOn = [{ name: 'never' }];
    await estate.apply(kustomization({ namespace: tenant, name: 'waits' }, { dependsOn }));
    const { code, err } = await tenantry([
      'reconcile',
      'ks/waits',
      '-n',
      tenant,
      '--timeout',
      '3s',
    ]);
    expect(code).toBe(1);
    expect(err).toMatch(/◎ kustomization\/waits: .*never/);
    expect(err).toMatch(/✗ time is up for kustomization\/waits: .*never/);
    await estate.kubectl(['-n', tenant, 'delete', 'ks/waits', '--timeout=240s']);
  });

  test('--no-wait only asks', async () => {
    const { code, err } = await tenantry(['reconcile', 'ks/apps', '-n', tenant, '--no-wait']);
    expect([code, err]).toEqual([
      0,
      `► kustomization/apps in namespace '${tenant}' is asked to reconcile\n`,
    ]);
  });
});

test('suspend keeps what is there, reconcile is refused, resume catches up and waits', async () => {
  expect(await run('suspend', 'ks', '--all', '-n', tenant)).toBe(
    '✔ kustomization/apps is suspended\n',
  );
  await estate.push({ write: { [`${tenant}/settings.yaml`]: configMap('settings', 'third') } });
  const refused = await tenantry(['reconcile', 'ks/apps', '-n', tenant]);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('is suspended: tenantry resume kustomization/apps');
  await estate.settled(
    'GitRepository',
    { namespace: home, name: 'fleet' },
    {
      ready: 'True',
      revision: await estate.tip(),
    },
  );
  const out = await run('resume', 'ks/apps', '-n', tenant);
  expect(out).toBe(`✔ kustomization/apps Applied revision: ${await short()}\n`);
  const { spec } = await estate.admin.get<WithStatus & { spec: { suspend?: boolean } }>(
    Kustomization.type,
    apps,
  );
  expect(spec.suspend).toBe(false);
});

test('tree shows what was applied, also by what was applied, and how it is', async () => {
  const inner = kustomization({ namespace: tenant, name: 'inner' });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'never' },
    spec: { containers: [{ name: 'main', image: 'none.invalid/none' }] },
  };
  await estate.push({
    write: {
      'outer/inner.yaml': JSON.stringify({
        ...inner,
        spec: { ...(inner['spec'] as object), path: './inner' },
      }),
      'inner/pod.yaml': JSON.stringify(pod),
    },
  });
  await estate.apply(kustomization({ namespace: tenant, name: 'outer' }, { path: './outer' }));
  const revision = await estate.tip();
  for (const name of ['outer', 'inner']) {
    await estate.settled('Kustomization', { namespace: tenant, name }, { ready: 'True', revision });
  }
  const out = await run('tree', 'ks/outer', '-n', tenant);
  expect(out).toMatch(
    new RegExp(
      `^Kustomization/${tenant}/outer Current\n└── Kustomization/${tenant}/inner Current\n {4}└── Pod/${tenant}/never InProgress`,
    ),
  );
  const compact = await run('tree', 'ks', 'outer', '-n', tenant, '--compact');
  expect(compact).not.toContain('Pod/');
  const trace = await run('trace', 'pod/never', '-n', tenant);
  expect(trace).toMatch(/^Pod: +never\nNamespace: +typed\n---\nKustomization: +inner\n/);
  expect(trace).toContain('---\nKustomization:  outer\n');
  expect(trace).toMatch(/---\nGitRepository: +fleet\nNamespace: +flux-system\nURL: /);
  expect(trace).toContain(`Revision:       ${revision}`);
  await estate.kubectl(['-n', tenant, 'delete', 'ks/outer', '--timeout=240s']);
});

test('trace of a tenant does not show the source it may not read', async () => {
  const { code, out } = await tenantry(['trace', 'cm/settings', ...as(tenant)]);
  expect(code).toBe(0);
  expect(out).toContain('Kustomization:  apps\n');
  expect(out).toMatch(/GitRepository: +fleet\nNamespace: +flux-system\nNote: +you may not read it/);
  expect(out).not.toContain(estate.git.url('fleet'));
});

test('trace of what nobody applied says so', async () => {
  const out = await run('trace', 'sa/gitops-reconciler', '-n', tenant);
  expect(out).toContain('No object of ours applied it');
});

test('events of an object and of its source; as a tenant, its own', async () => {
  await eventually('events arrive', async () => {
    const out = await run('events', 'ks/apps', '-n', tenant);
    expect(out).toMatch(
      /Normal\s+ReconciliationSucceeded\s+Kustomization\/typed\/apps\s+.*settings/s,
    );
    expect(out).toMatch(/Normal\s+NewArtifact\s+GitRepository\/flux-system\/fleet/);
    return true;
  });
  const mine = await tenantry(['events', '--for', 'ks/apps', ...as(tenant)]);
  expect(mine.code).toBe(0);
  expect(mine.out).toContain('Kustomization/apps');
  expect(mine.out).not.toContain('GitRepository/fleet');
  expect(mine.out).not.toContain('NewArtifact');
  expect(mine.err).toContain('events of its source are not shown');
});

describe('as a process', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  function start(...args: string[]) {
    const child = spawn(
      path.join(root, 'node_modules/.bin/node'),
      ['src/apps/tenantry.ts', ...args, '--kubeconfig', estate.plane.kubeconfig],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const output = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.err += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, output, ended };
  }

  test('it stays while it waits, and Ctrl-C ends it without a word', async () => {
    const dependsOn = [{ name: 'never' }];
    await estate.apply(kustomization({ namespace: tenant, name: 'waits' }, { dependsOn }));
    const { child, output, ended } = start('reconcile', 'ks/waits', '-n', tenant);
    await eventually('it waits', async () => (output.err.includes('◎') ? true : undefined));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(output).toEqual({ out: '', err: expect.not.stringContaining('✗') });
    await estate.kubectl(['-n', tenant, 'delete', 'ks/waits', '--timeout=240s']);
  });

  test('it ends by itself when it is done', async () => {
    const { output, ended } = start('get', 'ks', '-A');
    expect(await ended).toBe(0);
    expect(output.out).toMatch(/^NAMESPACE/);
  });
});

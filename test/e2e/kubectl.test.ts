import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { configMap, home } from '../support/estate-objects.ts';
import { configMaps, startEstate, type Estate } from '../support/estate.ts';
import { eventually } from '../support/eventually.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import type { WithStatus } from '../support/settled.ts';

/** What people type, with the real kubectl. */
const tenant = 'typed';
const apps = { namespace: tenant, name: 'apps' };
const fleet = { namespace: home, name: 'fleet' };

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate({ tenants: [tenant] });
  await estate.startManager();
  await estate.git.commit('fleet', {
    write: { [`${tenant}/settings.yaml`]: configMap('settings', 'first') },
  });
  await estate.deploy(tenant);
  await estate.request();
  await estate.equalsGit({ [tenant]: 1 });
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

/** Runs kubectl; its standard output. */
async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await estate.kubectl(args);
  expect([code, stderr.replace(/^Warning:.*\n/gm, '')]).toEqual([0, '']);
  return stdout;
}
const cells = (output: string) => output.split('\n').map((line) => line.trim().split(/\s{2,}/));

describe('kubectl get', () => {
  test('gitrepo,ks -A: both kinds by their short names, with their columns', async () => {
    const [source, apply] = (await run('get', 'gitrepo,ks', '-A')).split('\n\n').map(cells);
    const revision = await estate.tip();
    expect(source?.[0]).toEqual(['NAMESPACE', 'NAME', 'URL', 'AGE', 'READY', 'STATUS']);
    expect(source?.[1]).toEqual([
      home,
      'gitrepository.source.toolkit.fluxcd.io/fleet',
      estate.git.url('fleet'),
      expect.stringMatching(/^\d+[sm]/),
      'True',
      `stored artifact for revision '${revision}'`,
    ]);
    expect(apply?.[0]).toEqual(['NAMESPACE', 'NAME', 'AGE', 'READY', 'STATUS']);
    expect(apply?.[1]).toEqual([
      tenant,
      'kustomization.kustomize.toolkit.fluxcd.io/apps',
      expect.stringMatching(/^\d+[sm]/),
      'True',
      `Applied revision: ${revision}`,
    ]);
  });

  test.each(['gitrepositories', 'gitrepository', 'gitrepo', 'GitRepository'])(
    '%s',
    async (name) => {
      expect(await run('-n', home, 'get', name, '-o', 'name')).toBe(
        'gitrepository.source.toolkit.fluxcd.io/fleet\n',
      );
    },
  );

  test.each(['kustomizations', 'kustomization', 'ks', 'Kustomization'])('%s', async (name) => {
    expect(await run('-n', tenant, 'get', name, '-o', 'name')).toBe(
      'kustomization.kustomize.toolkit.fluxcd.io/apps\n',
    );
  });

  test('the category fluxcd lists both', async () => {
    const names = await run('get', 'fluxcd', '-A', '-o', 'name');
    expect(names).toContain('gitrepository.source.toolkit.fluxcd.io/fleet');
    expect(names).toContain('kustomization.kustomize.toolkit.fluxcd.io/apps');
  });
});

test('kubectl explain knows the fields', async () => {
  expect(await run('explain', 'gitrepo.spec.accessFrom')).toContain('namespaceSelectors');
  expect(await run('explain', 'ks.spec.serviceAccountName')).toContain('DESCRIPTION');
});

describe('kubectl wait', () => {
  test('--for=condition=Ready holds for both kinds', async () => {
    await run('-n', home, 'wait', '--for=condition=Ready', 'gitrepo/fleet', '--timeout=240s');
    await run('-n', tenant, 'wait', '--for=condition=Ready', 'ks/apps', '--timeout=240s');
  });

  test('waits for a new generation, not for what was said of the last', async () => {
    const first = await estate.admin.get<WithStatus>(Kustomization.type, apps);
    await run('-n', tenant, 'patch', 'ks/apps', '--type=merge', '-p', '{"spec":{"path":"./none"}}');
    await run('-n', tenant, 'wait', '--for=condition=Ready=False', 'ks/apps', '--timeout=240s');
    const spec = `{"spec":{"path":"./${tenant}"}}`;
    await run('-n', tenant, 'patch', 'ks/apps', '--type=merge', '-p', spec);
    await run('-n', tenant, 'wait', '--for=condition=Ready', 'ks/apps', '--timeout=240s');
    const { metadata, status } = await estate.settled('Kustomization', apps, { ready: 'True' });
    expect(status?.observedGeneration).toBe(metadata.generation);
    expect(metadata.generation).toBeGreaterThan(first.metadata.generation ?? 0);
  });

  test('--for=jsonpath follows a revision', async () => {
    const write = { [`${tenant}/settings.yaml`]: configMap('settings', 'second') };
    const revision = await estate.push({ write });
    await run(
      '-n',
      tenant,
      'wait',
      `--for=jsonpath={.status.lastAppliedRevision}=${revision}`,
      'ks/apps',
      '--timeout=240s',
    );
  });
});

describe('kubectl describe', () => {
  test('shows what happened to a Kustomization', async () => {
    await eventually('events arrive', async () => {
      const text = await run('-n', tenant, 'describe', 'ks/apps');
      expect(text).toMatch(
        /Normal\s+ReconciliationSucceeded\s.*kustomize-controller\s+Reconciliation finished/,
      );
      expect(text).toMatch(/ConfigMap\/typed\/settings created/);
      return true;
    });
  });

  test('shows what happened to a GitRepository', async () => {
    await eventually('events arrive', async () => {
      const text = await run('-n', home, 'describe', 'gitrepo/fleet');
      expect(text).toMatch(
        /Normal\s+NewArtifact\s.*source-controller\s+stored artifact for commit/,
      );
      return true;
    });
  });

  test('shows a failure as a warning, with the message of the condition', async () => {
    await estate.apply({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { namespace: tenant, name: 'broken' },
      spec: {
        interval: '10m',
        prune: true,
        path: './none',
        sourceRef: { kind: 'GitRepository', name: 'fleet', namespace: home },
      },
    });
    await eventually('events arrive', async () => {
      const text = await run('-n', tenant, 'describe', 'ks/broken');
      expect(text).toMatch(/Warning\s+ArtifactFailed\s.*correct spec\.path/);
      return true;
    });
    await run('-n', tenant, 'delete', 'ks/broken', '--timeout=240s');
  });
});

test.each([
  ['ks/apps', tenant, 'Kustomization', apps],
  ['gitrepo/fleet', home, 'GitRepository', fleet],
] as const)('kubectl annotate %s reconcile.fluxcd.io/requestedAt', async (name, at, kind, key) => {
  const asked = `asked-${Math.random()}`;
  await run('-n', at, 'annotate', '--overwrite', name, `reconcile.fluxcd.io/requestedAt=${asked}`);
  await run(
    '-n',
    at,
    'wait',
    `--for=jsonpath={.status.lastHandledReconcileAt}=${asked}`,
    name,
    '--timeout=240s',
  );
  await estate.settled(kind, key, { ready: 'True' });
});

describe('suspend and resume by patch', () => {
  const suspend = (value: boolean) => `{"spec":{"suspend":${value}}}`;
  const patch = (at: string, name: string, value: boolean) =>
    run('-n', at, 'patch', name, '--type=merge', '-p', suspend(value));

  test('a suspended Kustomization leaves the cluster alone, and catches up', async () => {
    await patch(tenant, 'ks/apps', true);
    const before = await estate.admin.get<WithStatus>(Kustomization.type, apps);
    await estate.admin.delete(configMaps, { namespace: tenant, name: 'settings' });
    const write = {
      [`${tenant}/settings.yaml`]: configMap('settings', 'third'),
      'elsewhere/other.yaml': configMap('other', 'first'),
    };
    const revision = await estate.push({ write });
    // Others go on, so the suspended one has had its chance.
    const other = { namespace: tenant, name: 'other' };
    await estate.apply({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: other,
      spec: {
        interval: '10m',
        prune: true,
        path: './elsewhere',
        serviceAccountName: 'gitops-reconciler',
        sourceRef: { kind: 'GitRepository', name: 'fleet', namespace: home },
      },
    });
    await estate.settled('Kustomization', other, { ready: 'True', revision });
    const after = await estate.admin.get<WithStatus>(Kustomization.type, apps);
    expect(after.status?.lastAppliedRevision).toBe(before.status?.lastAppliedRevision);
    expect((await estate.applied()).map(({ metadata }) => metadata.name)).toEqual(['other']);
    await run('-n', tenant, 'delete', 'ks/other', '--timeout=240s');
    await patch(tenant, 'ks/apps', false);
    await estate.settled('Kustomization', apps, { ready: 'True', revision });
    expect((await estate.equalsGit({ [tenant]: 1 })).get(`${tenant}/settings`)).toBe('third');
  });

  test('a suspended GitRepository fetches nothing, and catches up', async () => {
    await patch(home, 'gitrepo/fleet', true);
    const write = { [`${tenant}/settings.yaml`]: configMap('settings', 'fourth') };
    const revision = await estate.push({ write });
    const asked = await estate.request();
    await eventually('the request is handled', async () => {
      const { stdout } = await estate.kubectl([
        '-n',
        home,
        'get',
        'gitrepo/fleet',
        '-o',
        'jsonpath={.status.lastHandledReconcileAt} {.status.artifact.revision}',
      ]);
      const [handled, stored] = stdout.split(' ');
      expect(handled).toBe(asked);
      expect(stored).not.toBe(revision);
      return true;
    });
    await patch(home, 'gitrepo/fleet', false);
    await estate.settled('GitRepository', fleet, { ready: 'True', revision });
    await estate.settled('Kustomization', apps, { ready: 'True', revision });
  });
});

test('kubectl delete removes what was applied, and the finalizer lets go', async () => {
  await run('-n', tenant, 'delete', 'ks/apps', '--timeout=240s');
  const { stdout } = await estate.kubectl(['-n', tenant, 'get', 'configmap/settings']);
  expect(stdout).toBe('');
});

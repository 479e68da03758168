import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import { editBinding, grantTo, home, namespace } from '../support/estate-objects.ts';
import { startEstate, type Estate } from '../support/estate.ts';
import { eventually } from '../support/eventually.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import { seed } from '../support/seed.ts';
import { generateSshKey, startSshGitServer, type SshGitServer } from '../support/ssh-git-server.ts';

/**
 * Two tenants, one repository over SSH, users who stay in their namespace. Applied word for word:
 * single-tenant it works as in Flux; locked, each refusal says what to add, and then it works too.
 */
const source = { namespace: home, name: 'infra-apps' };
const key = generateSshKey();

let estate: Estate;
let ssh: SshGitServer;
beforeAll(async () => {
  [estate, ssh] = await Promise.all([
    startEstate({ tenants: [] }),
    startSshGitServer({ authorizedKey: key.public }),
  ]);
  await ssh.createRepo('your-repo', repository());
  await estate.apply(namespace('tenant-a'), namespace('tenant-b'), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'flux-ssh-key', namespace: home },
    stringData: { identity: key.private, known_hosts: ssh.knownHosts },
  });
});
afterAll(async () => {
  await ssh?.stop();
  await estate?.[Symbol.asyncDispose]();
});
reportOnFailure(() => estate);

const deployment = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 0
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: app, image: 'ghcr.io/example/${name}:1.0.0' }] }
`;
const service = (name: string) => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec: { selector: { app: ${name} }, ports: [{ port: 80 }] }
`;

/** The repository as the document draws it. */
function repository(): Record<string, string> {
  return Object.fromEntries(
    ['a', 'b'].flatMap((tenant) => [
      [`tenant-${tenant}/app-${tenant}/deployment.yaml`, deployment(`app-${tenant}`)],
      [`tenant-${tenant}/app-${tenant}/service.yaml`, service(`app-${tenant}`)],
      [
        `tenant-${tenant}/kustomization.yaml`,
        `resources: [app-${tenant}/deployment.yaml, app-${tenant}/service.yaml]\n`,
      ],
    ]),
  );
}

const manifest = () =>
  seed('two-tenants', { 'ssh://git@github.com/your-org/your-repo.git': ssh.url('your-repo') });
const apps = (tenant: string) => ({ namespace: tenant, name: `${tenant}-apps` });
const both = ['tenant-a', 'tenant-b'];

async function kubectl(args: string[], options: { as?: string; input?: string } = {}) {
  const { code, stdout, stderr } = await estate.kubectl(args, options);
  return { code, text: stdout + stderr };
}
const users = ['--as-group=system:authenticated'];

async function deployed(): Promise<void> {
  for (const tenant of both) {
    await estate.settled('Kustomization', apps(tenant), { ready: 'True' });
    const app = tenant.replace('tenant', 'app');
    const { text } = await kubectl([
      '-n',
      tenant,
      'get',
      `deployment/${app}`,
      `service/${app}`,
      '-o',
      'name',
    ]);
    expect(text).toBe(`deployment.apps/${app}\nservice/${app}\n`);
  }
}

test('the API server takes it word for word', async () => {
  const args = ['apply', '--dry-run=server', '--validate=strict', '-f', '-'];
  const { code, text } = await kubectl(args, { input: seed('two-tenants') });
  expect([code, text]).toEqual([0, expect.stringContaining('infra-apps created')]);
});

describe('in the single-tenant profile, with the broad rights the document gives to Flux', () => {
  let manager: ManagerProcess;
  beforeAll(async () => {
    await estate.apply(broadRights);
    manager = await estate.startManager(['--security-profile=single-tenant']);
  });
  afterAll(() => manager?.stop());

  test('it works once the sourceRef says which namespace it means', async () => {
    await kubectl(['apply', '-f', '-'], { input: manifest() });
    await estate.settled('GitRepository', source, { ready: 'True' });
    for (const tenant of both) {
      await estate.settled('Kustomization', apps(tenant), {
        ready: 'False',
        reason: 'ArtifactFailed',
        message: new RegExp(`a sourceRef without a namespace means '${tenant}'`),
      });
      await pointToSource(tenant);
    }
    await deployed();
  });

  test('what is deleted takes along what it applied', async () => {
    const { code, text } = await kubectl(['delete', '--timeout=240s', '-f', '-'], {
      input: manifest(),
    });
    expect([code, text]).toEqual([0, expect.stringContaining('tenant-b-apps')]);
    const left = await kubectl(['get', 'deployments,services', '-n', 'tenant-a', '-o', 'name']);
    expect(left.text).toBe('');
    await kubectl(['delete', 'clusterrolebinding/broad-rights']);
  });
});

const broadRights = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'broad-rights' },
  subjects: [{ kind: 'ServiceAccount', name: 'tenantry', namespace: home }],
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
};

/** As the tenant's own user: the document lets them. */
async function pointToSource(tenant: string): Promise<void> {
  const as = `user-${tenant.slice(-1)}@example.com`;
  const patch = JSON.stringify({ spec: { sourceRef: { namespace: home } } });
  const { name } = apps(tenant);
  const args = ['-n', tenant, 'patch', `ks/${name}`, '--type=merge', '-p', patch, ...users];
  await eventually('the user may', async () => (await kubectl(args, { as })).code === 0);
}

describe('locked', () => {
  beforeAll(async () => {
    await estate.startManager();
    await kubectl(['apply', '-f', '-'], { input: manifest() });
    for (const tenant of both) await pointToSource(tenant);
  });

  test('each refusal says what to add, until it works', async () => {
    for (const tenant of both) {
      await estate.settled('Kustomization', apps(tenant), {
        ready: 'False',
        reason: 'AccessDenied',
        message: /spec\.accessFrom\.namespaceSelectors/,
      });
    }
    const body = { spec: { accessFrom: grantTo(both) } };
    await estate.admin.patch(GitRepository.type, source, { type: 'merge', body });
    for (const tenant of both) {
      await estate.settled('Kustomization', apps(tenant), {
        ready: 'False',
        reason: 'ReconciliationFailed',
        message: new RegExp(`'${tenant}/default' may not .* RoleBinding in '${tenant}'`),
      });
      await estate.apply(editBinding(tenant, 'default'));
      await estate.request('Kustomization', apps(tenant));
    }
    await deployed();
  });

  test.each([
    ['user-a@example.com', 'tenant-a', 'tenant-b'],
    ['user-b@example.com', 'tenant-b', 'tenant-a'],
  ])('%s manages %s and is refused everywhere else', async (as, own, other) => {
    const may: string[][] = [
      ['-n', own, 'get', 'kustomizations,deployments,services,gitrepositories'],
      ['-n', own, 'annotate', `ks/${own}-apps`, 'seen=yes', '--overwrite'],
      ['-n', own, 'annotate', `deployment/${own.replace('tenant', 'app')}`, 'seen=yes'],
    ];
    for (const args of may) {
      expect([args, await kubectl([...args, ...users], { as })]).toEqual([
        args,
        expect.objectContaining({ code: 0 }),
      ]);
    }
    const mayNot: string[][] = [
      ['-n', other, 'get', 'kustomizations'],
      ['-n', other, 'get', 'deployments'],
      ['-n', other, 'get', 'secrets'],
      ['-n', other, 'annotate', `ks/${other}-apps`, 'seen=yes'],
      ['-n', other, 'delete', `ks/${other}-apps`],
      ['-n', other, 'create', 'deployment', 'stolen', '--image=x'],
      ['-n', home, 'get', 'gitrepo/infra-apps'],
      ['-n', home, 'annotate', 'gitrepo/infra-apps', 'seen=yes'],
      ['-n', home, 'get', 'secrets'],
      ['get', 'namespaces'],
      ['create', 'namespace', 'stolen'],
      ['-n', own, 'create', 'rolebinding', 'stolen', '--clusterrole=cluster-admin', `--user=${as}`],
    ];
    for (const args of mayNot) {
      expect([args, await kubectl([...args, ...users], { as })]).toEqual([
        args,
        { code: 1, text: expect.stringContaining('is forbidden: User') as string },
      ]);
    }
  });

  test('a Kustomization that reaches into the neighbour namespace is refused as its account', async () => {
    const reach = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'reach', namespace: 'tenant-a' },
      spec: {
        interval: '5m',
        prune: true,
        path: './tenant-a',
        targetNamespace: 'tenant-b',
        sourceRef: { kind: 'GitRepository', name: 'infra-apps', namespace: home },
      },
    };
    const input = JSON.stringify(reach);
    const as = 'user-a@example.com';
    expect(await kubectl(['apply', '-f', '-', ...users], { as, input })).toMatchObject({ code: 0 });
    await estate.settled(
      'Kustomization',
      { namespace: 'tenant-a', name: 'reach' },
      {
        ready: 'False',
        reason: 'ReconciliationFailed',
        message: /ServiceAccount 'tenant-a\/default' may not \w+ \S+ in namespace 'tenant-b'/,
      },
    );
    const { text } = await kubectl(['-n', 'tenant-b', 'get', 'deployments', '-o', 'name']);
    expect(text).toBe('deployment.apps/app-b\n');
    await kubectl(['-n', 'tenant-a', 'delete', 'ks/reach', '--timeout=240s']);
  });

  test('a push removes from one tenant what left its directory, and nothing from the other', async () => {
    await ssh.commit('your-repo', {
      write: { 'tenant-a/kustomization.yaml': 'resources: [app-a/deployment.yaml]\n' },
      remove: ['tenant-a/app-a/service.yaml'],
    });
    await estate.request('GitRepository', source);
    await eventually('the Service is pruned', async () => {
      const { text } = await kubectl(['get', 'services', '-A', '-o', 'name', '-l', owned]);
      return text === 'service/app-b\n' ? true : undefined;
    });
    const { text } = await kubectl(['get', 'deployments', '-A', '-o', 'name']);
    expect(text).toBe('deployment.apps/app-a\ndeployment.apps/app-b\n');
  });
});

const owned = 'kustomize.toolkit.fluxcd.io/name';

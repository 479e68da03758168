import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import { benchTenant, type BenchTenant } from '../support/bench-tenant.ts';
import { configMap, editBinding, grantTo, home } from '../support/estate-objects.ts';
import { startEstate, type Estate } from '../support/estate.ts';
import { startGitServer, type GitServer } from '../support/git-server.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';

/**
 * Bad input gets a condition that says what to change, and mending the object, the cluster or Git
 * is all it takes: one manager, never restarted, sees all of this.
 */
let estate: Estate;
let manager: ManagerProcess;
/** Wants credentials. */
let locked: GitServer;
beforeAll(async () => {
  estate = await startEstate({ tenants: [] });
  locked = await startGitServer({ auth: { basic: { username: 'bot', password: 'right' } } });
  manager = await estate.startManager();
});
afterAll(async () => {
  await locked?.stop();
  await estate?.[Symbol.asyncDispose]();
});
reportOnFailure(() => estate);

const good = { 'settings.yaml': configMap('settings', 'good') };

interface BadInput {
  /** What is wrong: files of the repository, fields of either spec, or more. */
  files?: Record<string, string>;
  source?: Record<string, unknown>;
  app?: Record<string, unknown>;
  reason: string;
  /** Words the condition must have: what is wrong, and what to change. */
  says: RegExp[];
  /** Only a change of the object helps. */
  stalled?: boolean;
  mend(tenant: BenchTenant): Promise<unknown>;
}

const serviceAccount = (namespace: string, name: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace },
});

const gadget = 'apiVersion: bench.tenantry.dev/v1\nkind: Gadget\nmetadata:\n  name: first\n';
const gadgets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.bench.tenantry.dev' },
  spec: {
    group: 'bench.tenantry.dev',
    names: { kind: 'Gadget', plural: 'gadgets', singular: 'gadget' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object' } },
      },
    ],
  },
};
/** Who may edit may also edit gadgets. */
const gadgetRights = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: {
    name: 'edit-gadgets',
    labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' },
  },
  rules: [{ apiGroups: ['bench.tenantry.dev'], resources: ['gadgets'], verbs: ['*'] }],
};

const service = (port: string) =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n    - ${port}\n`;

const kustomizations: Record<string, BadInput> = {
  'an unknown path, until Git has it': {
    app: { path: './deploy' },
    reason: 'ArtifactFailed',
    says: [/\.\/deploy/, /spec\.path/],
    mend: ({ push }) => push({ 'deploy/more.yaml': configMap('more', 'good') }),
  },
  'an unknown path, until it is corrected': {
    app: { path: './depoly' },
    reason: 'ArtifactFailed',
    says: [/\.\/depoly/, /spec\.path/],
    mend: ({ app }) => app(),
  },
  'broken YAML': {
    files: { 'broken.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [\n' },
    reason: 'BuildFailed',
    says: [/broken\.yaml/],
    mend: ({ push }) => push({ 'broken.yaml': configMap('mended', 'good') }),
  },
  'a kustomization.yaml that lists a file nobody committed': {
    files: { 'kustomization.yaml': 'resources:\n  - settings.yaml\n  - forgotten.yaml\n' },
    reason: 'BuildFailed',
    says: [/forgotten\.yaml/],
    mend: ({ push }) => push({ 'forgotten.yaml': configMap('found', 'good') }),
  },
  'two manifests of one object': {
    files: { 'again.yaml': configMap('settings', 'twice') },
    reason: 'BuildFailed',
    says: [/settings/, /twice|already|conflict|id/i],
    mend: ({ push }) => push({}, ['again.yaml']),
  },
  'a missing ServiceAccount': {
    app: { serviceAccountName: 'nobody' },
    reason: 'ReconciliationFailed',
    says: [
      /ServiceAccount 'bench-\w+\/nobody' not found/,
      /create it, or correct spec\.serviceAccountName/,
    ],
    mend: ({ namespace }) =>
      estate.apply(serviceAccount(namespace, 'nobody'), editBinding(namespace, 'nobody')),
  },
  'no ServiceAccount named, and a default one without rights': {
    app: { serviceAccountName: '' },
    reason: 'ReconciliationFailed',
    says: [/'bench-\w+\/default' may not/, /spec\.serviceAccountName/],
    mend: ({ namespace }) => estate.apply(editBinding(namespace, 'default')),
  },
  'forbidden by RBAC': {
    files: {
      'role.yaml':
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: mine\nrules: []\n',
    },
    reason: 'ReconciliationFailed',
    says: [
      /Role\/.*mine/,
      /ServiceAccount 'bench-\w+\/gitops-reconciler' may not \w+ roles\.rbac\.authorization\.k8s\.io/,
      /grant it with a RoleBinding in 'bench-\w+'/,
    ],
    mend: ({ namespace }) => {
      const binding = editBinding(namespace, 'gitops-reconciler');
      const roleRef = { ...(binding['roleRef'] as object), name: 'admin' };
      return estate.apply({
        ...binding,
        metadata: { namespace, name: 'gitops-admin' },
        roleRef,
      });
    },
  },
  'an unknown kind': {
    files: { 'gadget.yaml': gadget },
    reason: 'ReconciliationFailed',
    says: [/no matches for kind 'Gadget' in version 'bench\.tenantry\.dev\/v1'/, /install its CRD/],
    mend: () => estate.apply(gadgetRights, gadgets),
  },
  'a field no schema knows': {
    files: { 'service.yaml': service('prot: 80') },
    reason: 'ReconciliationFailed',
    says: [/Service\/.*web/, /spec\.ports.*prot/],
    mend: ({ push }) => push({ 'service.yaml': service('port: 80') }),
  },
  'a value that cannot be': {
    files: { 'service.yaml': service('port: 99999') },
    reason: 'ReconciliationFailed',
    says: [/Service\/.*web/, /spec\.ports\[0\]\.port/, /between 1 and 65535/],
    mend: ({ push }) => push({ 'service.yaml': service('port: 80') }),
  },
  'a wrong source name': {
    app: { sourceRef: { kind: 'GitRepository', name: 'ap' } },
    reason: 'ArtifactFailed',
    says: [/GitRepository 'bench-\w+\/ap' not found/, /correct the sourceRef/],
    mend: ({ app }) => app(),
  },
  'a source in a namespace that grants nothing': {
    app: { path: './', sourceRef: { kind: 'GitRepository', name: 'fleet', namespace: home } },
    reason: 'AccessDenied',
    says: [/namespace 'bench-\w+' has no access/, /spec\.accessFrom\.namespaceSelectors/],
    stalled: true,
    mend: async ({ namespace }) => {
      await estate.git.commit('fleet', { write: good });
      await estate.request();
      const key = { namespace: home, name: 'fleet' };
      const body = { spec: { accessFrom: grantTo([namespace]) } };
      await estate.admin.patch(GitRepository.type, key, { type: 'merge', body });
    },
  },
  'a ConfigMap of variables that is not there': {
    app: { postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'variables' }] } },
    reason: 'BuildFailed',
    says: [/ConfigMap\/.*variables/, /substituteFrom/, /create it, or mark it optional/],
    mend: ({ namespace }) =>
      estate.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'variables', namespace },
        data: { tier: 'gold' },
      }),
  },
  'a missing Secret of keys': {
    app: { decryption: { provider: 'sops', secretRef: { name: 'keys' } } },
    reason: 'BuildFailed',
    says: [/Secret\/.*keys/, /spec\.decryption\.secretRef/, /create it, or correct the name/],
    mend: ({ app }) => app(),
  },
  'a CEL health check that is no expression': {
    app: {
      healthCheckExprs: [{ apiVersion: 'v1', kind: 'ConfigMap', current: 'data.' }],
    },
    reason: 'InvalidCELExpression',
    says: [/correct .* spec\.healthCheckExprs\[0\]\.current: line 1, column 6: Syntax error/],
    stalled: true,
    mend: ({ app }) => app(),
  },
  'a remote cluster whose kubeconfig is missing': {
    app: { kubeConfig: { secretRef: { name: 'elsewhere' } } },
    reason: 'ReconciliationFailed',
    says: [/Secret 'bench-\w+\/elsewhere' of spec\.kubeConfig not found: create it/],
    mend: ({ app }) => app(),
  },
  'a kind of source nobody serves': {
    app: { sourceRef: { kind: 'Bucket', name: 'app' } },
    reason: 'InvalidSpec',
    says: [/spec\.sourceRef\.kind/, /GitRepository/],
    stalled: true,
    mend: ({ app }) => app(),
  },
};

describe.concurrent('a Kustomization with', () => {
  test.each(Object.entries(kustomizations))('%s', async (_, bad) => {
    const tenant = await benchTenant(estate, { ...good, ...bad.files });
    await tenant.source();
    await tenant.app(bad.app);
    for (const message of bad.says) {
      await tenant.appIs({
        ready: 'False',
        reason: bad.reason,
        message,
        ...(bad.stalled ? { has: ['Stalled'] } : { lacks: ['Stalled'] }),
      });
    }
    await bad.mend(tenant);
    await tenant.appIs({ ready: 'True', lacks: ['Stalled', 'Reconciling'] });
  });
});

const secret = (namespace: string, stringData: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'git', namespace },
  stringData,
});
const secretRef = { name: 'git' };

const repositories: Record<string, BadInput & { secret?: Record<string, string> }> = {
  'a wrong branch, until it is pushed': {
    source: { ref: { branch: 'release' } },
    reason: 'GitOperationFailed',
    says: [/no branch 'release'/],
    mend: ({ namespace }) =>
      locked.commit(namespace, { write: good, branch: 'release', from: 'main' }),
  },
  'a wrong branch, until it is corrected': {
    source: { ref: { branch: 'mian' } },
    reason: 'GitOperationFailed',
    says: [/no branch 'mian'/],
    mend: ({ source }) => source({ secretRef }),
  },
  'a branch no repository can have': {
    source: { ref: { branch: 'a..b' } },
    reason: 'GitOperationFailed',
    says: [/spec\.ref\.branch/],
    stalled: true,
    mend: ({ source }) => source({ secretRef }),
  },
  'a missing Secret': {
    source: { secretRef: { name: 'later' } },
    reason: 'AuthenticationFailed',
    says: [/Secret 'bench-\w+\/later' not found/, /create it or correct the reference/],
    mend: ({ namespace }) =>
      estate.apply({
        ...secret(namespace, { username: 'bot', password: 'right' }),
        metadata: { name: 'later', namespace },
      }),
  },
  'a Secret without a password': {
    secret: { username: 'bot' },
    reason: 'AuthenticationFailed',
    says: [/Secret 'bench-\w+\/git'/, /no 'password' \(add it/],
    mend: ({ namespace }) =>
      estate.apply(secret(namespace, { username: 'bot', password: 'right' })),
  },
  'a wrong password': {
    secret: { username: 'bot', password: 'wrong' },
    reason: 'AuthenticationFailed',
    says: [/other credentials/, /username and password/],
    mend: ({ namespace }) =>
      estate.apply(secret(namespace, { username: 'bot', password: 'right' })),
  },
  'no such repository': {
    source: { url: 'http://127.0.0.1:PORT/nowhere.git' },
    reason: 'GitOperationFailed',
    says: [/nowhere\.git/, /check the URL/],
    mend: ({ source }) => source({ secretRef }),
  },
  "the address of a cloud's credentials": {
    source: { url: 'http://169.254.169.254/latest.git' },
    reason: 'URLInvalid',
    says: [/169\.254\.169\.254/],
    stalled: true,
    mend: ({ source }) => source({ secretRef }),
  },
  'an ssh URL without a key': {
    source: { url: 'ssh://git@127.0.0.1/fleet.git', secretRef: undefined },
    reason: 'AuthenticationFailed',
    says: [/spec\.secretRef/, /identity and known_hosts/],
    stalled: true,
    mend: ({ source }) => source({ secretRef }),
  },
  'signatures, which are not supported yet': {
    source: { verify: { secretRef: { name: 'keys' } } },
    reason: 'InvalidSpec',
    says: [/spec\.verify is not supported yet/, /remove it/],
    stalled: true,
    mend: ({ source }) => source({ secretRef }),
  },
  'a provider that is not supported yet': {
    source: { provider: 'github' },
    reason: 'InvalidSpec',
    says: [/spec\.provider is not supported yet/, /use provider generic/],
    stalled: true,
    mend: ({ source }) => source({ secretRef }),
  },
};

describe.concurrent('a GitRepository with', () => {
  test.each(Object.entries(repositories))('%s', async (_, bad) => {
    const tenant = await benchTenant(estate, good, locked);
    const { namespace } = tenant;
    const right = { username: 'bot', password: 'right' };
    await estate.apply(secret(namespace, bad.secret ?? right));
    const { port } = new URL(locked.origin);
    const text = JSON.stringify({ secretRef, ...bad.source }).replace('PORT', port);
    await tenant.source(JSON.parse(text) as Record<string, unknown>);
    for (const message of bad.says) {
      await tenant.sourceIs({
        ready: 'False',
        reason: bad.reason,
        message,
        ...(bad.stalled ? { has: ['Stalled'] } : { has: ['FetchFailed'], lacks: ['Stalled'] }),
      });
    }
    await bad.mend(tenant);
    await tenant.sourceIs({ ready: 'True', lacks: ['FetchFailed', 'Stalled', 'Reconciling'] });
    await tenant.app();
    await tenant.appIs({ ready: 'True' });
  });
});

describe('what the API server refuses on its own says the field', () => {
  test.each([
    [{ interval: 'soon' }, /spec\.interval/],
    [{ url: 'git@example.com:fleet.git' }, /spec\.url/],
    [{ ref: { branch: 7 } }, /spec\.ref\.branch/],
    [{ brnach: 'main' }, /spec\.brnach|unknown field/],
  ])('%j', async (spec, field) => {
    const object = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'refused', namespace: 'default' },
      spec: { url: 'https://example.com/fleet.git', interval: '1m', ...spec },
    };
    const input = JSON.stringify(object);
    const { code, stderr } = await estate.kubectl(['apply', '-f', '-'], { input });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(field);
  });
});

test('all of this was one process', () => {
  expect(manager.exited).toBe(false);
});

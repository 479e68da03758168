import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditEvents, type AuditEvent } from '../support/audit-log.ts';
import { startEstate, type Estate } from '../support/estate.ts';
import { configMap, gitRepository, home } from '../support/estate-objects.ts';
import { startGitServer, type GitServer } from '../support/git-server.ts';
import type { ManagerProcess } from '../support/manager-process.ts';

/**
 * The API server's own audit log says as whom everything was done: the manager has the exported
 * rights and no others, and touches what is a tenant's only as that tenant. Credentials given to a
 * source are nowhere to be read afterwards.
 */
const tenants = ['audit-a', 'audit-b'];
const own = `system:serviceaccount:${home}:tenantry`;
const canary = 'canary-9f2c41d07be3';

let estate: Estate;
let guarded: GitServer;
let manager: ManagerProcess;
let requests: AuditEvent[];

beforeAll(async () => {
  estate = await startEstate({ tenants, audit: true });
  guarded = await startGitServer({ auth: { basic: { username: 'robot', password: canary } } });
  await guarded.createRepo('private', { 'README.md': 'private' });
  const basic = { username: 'robot', password: canary };
  const wrong = { username: 'robot', password: `${canary}-wrong` };
  for (const [name, stringData] of Object.entries({ basic, wrong })) {
    await estate.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'audit-a' },
      stringData,
    });
    const spec = { url: guarded.url('private'), secretRef: { name } };
    await estate.apply(gitRepository({ namespace: 'audit-a', name }, spec));
  }
  // Nobody refers to this one.
  const metadata = { name: 'unrelated', namespace: 'audit-b' };
  await estate.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { key: canary } });

  manager = await estate.startManager(['--log-level=debug']);
  for (const tenant of tenants) await estate.deploy(tenant, { wait: true });
  const files = (value: string) =>
    Object.fromEntries(tenants.map((t) => [`${t}/settings.yaml`, configMap('settings', value)]));
  await estate.push({ write: { ...files('1'), 'audit-a/gone.yaml': configMap('gone', '1') } });
  await estate.equalsGit({ 'audit-a': 2, 'audit-b': 1 });
  await estate.push({ write: files('2'), remove: ['audit-a/gone.yaml'] });
  await estate.equalsGit({ 'audit-a': 1, 'audit-b': 1 });
  await estate.settled('GitRepository', { namespace: 'audit-a', name: 'basic' }, { ready: 'True' });
  await estate.settled(
    'GitRepository',
    { namespace: 'audit-a', name: 'wrong' },
    { ready: 'False' },
  );
  requests = (await auditEvents(own, estate.plane.auditLogPath)).filter(
    ({ user, stage }) => user.username === own && stage === 'ResponseComplete',
  );
});
afterAll(async () => {
  await guarded?.stop();
  await estate?.[Symbol.asyncDispose]();
});

const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const what = ({ verb, objectRef: ref, impersonatedUser: as }: AuditEvent) =>
  `${as?.username ?? 'itself'}: ${verb} ${ref?.resource ?? ''}${ref?.subresource ? `/${ref.subresource}` : ''} in ${ref?.namespace ?? 'the cluster'}`;

test('as itself the manager writes only its own kinds, events and leases', () => {
  const written = requests.filter(
    ({ verb, impersonatedUser }) => writes.has(verb) && !impersonatedUser,
  );
  const allowed = new Set([
    'gitrepositories',
    'kustomizations',
    'events',
    'leases',
    'tokenreviews',
  ]);
  expect(written.length).toBeGreaterThan(0);
  expect(
    written.filter(({ objectRef }) => !allowed.has(objectRef?.resource ?? '')).map(what),
  ).toEqual([]);
});

test("everything else is written as the tenant's own account, in the tenant's own namespace", () => {
  const written = requests.filter(
    ({ verb, impersonatedUser }) => writes.has(verb) && impersonatedUser,
  );
  const expected = new Set(
    tenants.flatMap((tenant) => [
      `system:serviceaccount:${tenant}:gitops-reconciler: patch configmaps in ${tenant}`,
      `system:serviceaccount:${tenant}:gitops-reconciler: delete configmaps in ${tenant}`,
    ]),
  );
  expect(written.length).toBeGreaterThanOrEqual(6);
  expect(written.map(what).filter((line) => !expected.has(line))).toEqual([]);
});

test('the Secrets it reads are those that sources refer to; it lists none', () => {
  const secrets = requests.filter(({ objectRef }) => objectRef?.resource === 'secrets');
  const read = secrets.filter(({ verb }) => verb === 'get');
  expect(
    new Set(read.map(({ objectRef }) => `${objectRef?.namespace}/${objectRef?.name}`)),
  ).toEqual(new Set(['audit-a/basic', 'audit-a/wrong']));
  const answered = secrets.filter(
    ({ verb, responseStatus }) => verb !== 'get' && (responseStatus?.code ?? 0) < 400,
  );
  expect(answered.map(what)).toEqual([]);
});

test('nothing it needs is refused: the exported rights are enough', () => {
  const refused = requests.filter(({ responseStatus }) => responseStatus?.code === 403);
  // Whether a kind may be watched is found out by trying; the answer for Secrets is no.
  const tried = refused.filter(
    ({ verb, objectRef }) => !['list', 'watch'].includes(verb) || objectRef?.resource !== 'secrets',
  );
  expect(tried.map(what)).toEqual([]);
});

test('credentials are nowhere to be read: status, events, log, metrics', async () => {
  const events = await estate.kubectl(['get', 'events', '-A', '-o', 'json']);
  const objects = await estate.kubectl([
    'get',
    'gitrepositories,kustomizations',
    '-A',
    '-o',
    'json',
  ]);
  const metrics = await fetch(manager.metricsUrl).then((answer) => answer.text());
  const log = JSON.stringify(manager.log);
  const basic = Buffer.from(`robot:${canary}`).toString('base64');
  for (const [where, text] of Object.entries({
    events: events.stdout,
    objects: objects.stdout,
    metrics,
    log,
  })) {
    expect(text.length, where).toBeGreaterThan(100);
    expect(text.includes(canary) || text.includes(basic), where).toBe(false);
  }
  // The refused credentials were tried, and the status says so without them.
  expect(objects.stdout).toContain('AuthenticationFailed');
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import type { CheckReport } from '../../src/cli/check/report.ts';
import { checkLabel } from '../../src/cli/check/made-by-check.ts';
import {
  createCheckRepository,
  startWholeEstate,
  type WholeEstate,
} from '../support/whole-estate.ts';
import { eventually } from '../support/estate.ts';
import { asFile, startEstateProxy, type EstateProxy } from '../support/estate-proxy.ts';
import { policiesInForce } from '../support/policies-in-force.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import { cliOf } from '../support/tenantry-cli.ts';

/**
 * `tenantry check` on a cluster with everything in place, and on the same one after it was weakened: a
 * check that cannot show red says nothing when it is green.
 */
let estate: WholeEstate;
let tenantry: ReturnType<typeof cliOf>;
let gitUrl: string;
let proxy: EstateProxy;
/** How `tenantry check` reaches the proxy. */
let proxied: string[];
const files = new AsyncDisposableStack();
beforeAll(async () => {
  estate = await startWholeEstate();
  gitUrl = await createCheckRepository(estate);
  proxy = await startEstateProxy(estate);
  const { file } = files.use(await asFile(proxy.caPem));
  proxied = ['--proxy-url', proxy.url, '--proxy-ca', file];
  tenantry = cliOf([checkCommand], ['--kubeconfig', estate.plane.kubeconfig]);
});
afterAll(async () => {
  await proxy?.stop();
  await files.disposeAsync();
  await estate?.[Symbol.asyncDispose]();
});
reportOnFailure(() => estate);

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await estate.kubectl(args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Runs it; what was found, by verdict. */
async function check(...flags: string[]) {
  const { code, out, err } = await tenantry(['check', '-o', 'json', ...flags]);
  if (out === '') throw new Error(err);
  const { results, left } = JSON.parse(out) as CheckReport;
  const ids = (verdict: string) =>
    results.filter((each) => each.verdict === verdict).map(({ id }) => id);
  const untried = results.filter(({ verdict }) => verdict === 'untried');
  const why = untried.map(({ id, detail }) => `${id}: ${detail}`);
  return { code, left, allowed: ids('allowed'), untried: why, ids };
}

/** Everything that bears the label of a check. */
const made = async () =>
  (await ok('get', 'namespaces,tenants,clusterroles', '-l', checkLabel, '-o', 'name'))
    .split('\n')
    .filter((line) => line !== '');

test('all is refused, and nothing is left', async () => {
  const found = await check('--git-url', gitUrl, ...proxied);
  expect(found).toMatchObject({ allowed: [], untried: [], left: [], code: 0 });
  // There is nothing of this kind in a cluster without nodes.
  expect(found.ids('skipped')).toEqual(['pods/runtime']);
  expect(await made()).toEqual([]);
});

test('whoever may not act as others is told which right is missing', async () => {
  const kubeconfig = await estate.plane.clientKubeconfig({ commonName: 'eve' });
  const { code, err } = await cliOf([checkCommand], ['--kubeconfig', kubeconfig])(['check']);
  expect([code, err]).toEqual([2, expect.stringContaining("'impersonate' on users") as string]);
});

test('what is kept is there to be looked at, and goes when it is asked for', async () => {
  expect(await check('--only', 'neighbours/secrets', '--keep')).toMatchObject({ code: 0 });
  expect((await made()).length).toBeGreaterThan(3);
  const { code, out } = await tenantry(['check', '--clean-up']);
  expect([code, out]).toEqual([0, 'nothing is left\n']);
  expect(await made()).toEqual([]);
});

test('what was interrupted leaves nothing either', async () => {
  const stop = new AbortController();
  const running = tenantry(['check'], { signal: stop.signal });
  await eventually('it has made its tenants', async () => (await made()).length > 3);
  stop.abort();
  expect(await running).toMatchObject({ code: 130, out: '' });
  expect(await made()).toEqual([]);
});

test('a policy that is gone, and a role that is too wide, show as what they let through', async () => {
  await using _weakened = await weaken();
  expect(await check()).toMatchObject({
    code: 1,
    untried: [],
    allowed: [
      'cluster/system-secrets',
      'neighbours/secrets',
      'services/external-ips',
      'services/external-name',
      'services/load-balancer',
      'services/node-port',
      // Who may not write policies cannot protect the labels of a new grant either.
      'gitops/grant-label',
    ],
  });
});

const binding = ['validatingadmissionpolicybinding', 'services.tenantry.dev'];
const isThere = async () => (await estate.kubectl(['get', ...binding])).code === 0;

/** As it happens: somebody deletes a policy, and somebody means well with all who are logged in. */
async function weaken(): Promise<AsyncDisposable> {
  const role = 'tenantry-tenancy-flux-system';
  const { rules } = JSON.parse(await ok('get', 'clusterrole', role, '-o', 'json')) as {
    rules: { apiGroups: string[] }[];
  };
  const setRules = (some: object[]) =>
    ok('patch', 'clusterrole', role, '--type=merge', '-p', JSON.stringify({ rules: some }));
  // The control plane would put it back at once.
  await setRules(
    rules.filter(({ apiGroups: [group] }) => group !== 'admissionregistration.k8s.io'),
  );
  await eventually('it stays away', async () => {
    await estate.kubectl(['delete', ...binding]);
    return !(await isThere());
  });
  await ok('create', 'clusterrole', 'lister', '--verb=list', '--resource=secrets');
  const everybody = ['--clusterrole=lister', '--group=system:authenticated'];
  await ok('create', 'clusterrolebinding', 'lister', ...everybody);
  // What was written before a policy that is in force is known, too: that one is gone.
  await policiesInForce(estate.admin);
  return {
    async [Symbol.asyncDispose]() {
      await ok('delete', 'clusterrole,clusterrolebinding', 'lister');
      await setRules(rules);
      await eventually('it is put back', isThere);
    },
  };
}

test('a control plane without its lockdown shows as what it lets through', async () => {
  await estate.restartDeploying(['--security-profile=single-tenant']);
  expect(await check('--only', 'gitops', '--git-url', gitUrl)).toMatchObject({
    code: 1,
    untried: [],
    allowed: ['gitops/foreign-source', 'gitops/no-account', 'gitops/remote-base'],
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installManifests } from '../../src/api/install/manifests.ts';
import { defaultInstallOptions } from '../../src/api/install/options.ts';
import { bringKinds } from '../support/bring-kinds.ts';
import { applyAll, eventually, startEstate, type Estate } from '../support/estate.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { startRealCapsule, type RealCapsule } from '../support/real-capsule.ts';
import { startTenancy } from '../support/start-tenancy.ts';

/**
 * From the real Capsule to ours and back, as docs/migrate-from-capsule.md has it. Capsule takes long to
 * build: `TENANTRY_CAPSULE` is its controller, v0.14. What was found is held by tests that always run.
 */
const program = process.env['TENANTRY_CAPSULE'] ?? '';
const namespace = 'oil-apps';
const alice = { as: 'alice', asGroups: ['projectcapsule.dev'] };
let estate: Estate;
let capsule: RealCapsule;
let ours: ManagerProcess;
let before: Record<string, string>;

const ok = async (...args: string[]) => {
  const { code, stdout, stderr } = await estate.kubectl(args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
};

/** What is kept for the tenant in its namespace, by kind and name, and the namespace: their uids. */
async function kept(): Promise<Record<string, string>> {
  const kinds = 'rolebindings,resourcequotas,limitranges,networkpolicies,rulestatuses';
  const selected = ['-l', 'projectcapsule.dev/managed-by=controller'];
  const line = '{.kind}/{.metadata.name}={.metadata.uid}{"\\n"}';
  const shown = ['-o', `jsonpath={range .items[*]}${line}{end}`];
  const list = await ok('-n', namespace, 'get', kinds, ...selected, ...shown);
  const { metadata } = await estate.get('namespace', namespace);
  const lines = list.trim().split('\n');
  return {
    namespace: metadata.uid ?? '',
    ...Object.fromEntries(lines.map((each) => each.split('='))),
  };
}

/** Has the Tenant say something new about its namespaces, and waits until whoever keeps it has heard. */
async function says(value: string): Promise<void> {
  const spec = { namespaceOptions: { additionalMetadata: { labels: { says: value } } } };
  await ok('patch', 'tenant', 'oil', '--type=merge', '-p', JSON.stringify({ spec }));
  await eventually(`the namespace says ${value}`, async () => {
    const { metadata } = await estate.get('namespace', namespace);
    return metadata.labels?.['says'] === value;
  });
}

describe.runIf(program !== '')('from the real Capsule', () => {
  beforeAll(async () => {
    estate = await startEstate({ tenants: [] });
    const installed = installManifests({ ...defaultInstallOptions, gitops: false, tenancy: true });
    const isCrd = ({ kind }: { kind: string }) => kind === 'CustomResourceDefinition';
    await bringKinds(installed.filter(isCrd), { cluster: estate.plane });
    estate.admin.discovery.invalidate();
    const rest = installed.filter((object) => !isCrd(object) && object.kind !== 'Deployment');
    await applyAll(estate.admin, rest);
    capsule = await startRealCapsule(program, estate);
    await eventually('Capsule has registered its webhooks', () =>
      estate.get('mutatingwebhookconfiguration', 'capsule-dynamic-webhook'),
    );
    await applyAll(estate.admin, [
      {
        apiVersion: 'capsule.clastix.io/v1beta2',
        kind: 'Tenant',
        metadata: { name: 'oil' },
        spec: {
          owners: [{ kind: 'User', name: alice.as }],
          resourceQuotas: { scope: 'Tenant', items: [{ hard: { pods: '20' } }] },
          limitRanges: { items: [{ limits: [{ type: 'Container', default: { cpu: '1' } }] }] },
          networkPolicies: { items: [{ podSelector: {}, policyTypes: ['Ingress'] }] },
          storageClasses: { allowed: ['fast'] },
        },
      },
    ]);
    await eventually('Capsule lets the owner make a namespace', async () => {
      const { code } = await estate.kubectl(['create', 'namespace', namespace], alice);
      return code === 0;
    });
    before = await eventually('Capsule keeps what the tenant says', async () => {
      const found = await kept();
      // The namespace, two roles of the owner, and one object of each other kind.
      return Object.keys(found).length === 7 && found;
    });
    await says('capsule');
  });
  afterAll(async () => {
    await capsule?.stop();
    await estate?.[Symbol.asyncDispose]();
  });

  test('ours takes over: nothing is made anew, and what was shown is shown', async () => {
    await capsule.stop();
    const registered = 'validatingwebhookconfigurations,mutatingwebhookconfigurations';
    const gone = await ok('delete', registered, '-l', 'projectcapsule.dev/created-by=controller');
    expect(gone.trim().split('\n')).toHaveLength(2);
    const without = ['--type=merge', '-p', '{"spec":{"admission":null}}'];
    await ok('patch', 'capsuleconfiguration', 'default', ...without);
    ours = await startTenancy(estate, (flags, kubeconfig) =>
      estate.startManager(flags, { kubeconfig }),
    );
    await says('tenantry');
    expect(await kept()).toEqual(before);
    const { metadata } = await estate.get('namespace', namespace);
    expect(metadata.annotations?.['capsule.clastix.io/storage-classes']).toBe('fast');
  });

  test('and Capsule takes over again', async () => {
    await ours.stop();
    const policies = ['validating', 'mutating'].flatMap((type) =>
      ['webhookconfigurations', 'admissionpolicybindings', 'admissionpolicies'].map(
        (plural) => `${type}${plural}`,
      ),
    );
    await ok('delete', policies.join(','), '-l', 'projectcapsule.dev/managed-by=controller');
    capsule = await startRealCapsule(program, estate);
    await says('capsule-again');
    expect(await kept()).toEqual(before);
  });
});

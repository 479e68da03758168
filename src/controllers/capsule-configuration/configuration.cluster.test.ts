import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';

let harness: TenancyPlane;
let startRequests: string[];

beforeAll(async () => {
  harness = await startTenancyPlane(null);
  startRequests = [...harness.requests];
});
afterAll(() => harness?.[Symbol.asyncDispose]());

const exists = async (...args: string[]) => (await harness.kubectl(['get', ...args])).code === 0;
const patch = (spec: object) =>
  harness.kubectlOk([
    'patch',
    'capsuleconfiguration',
    harness.configuration,
    '--type=merge',
    '-p',
    JSON.stringify({ spec }),
  ]);

test('is made with the defaults of Capsule where there is none', async () => {
  const { spec } = await harness.get('capsuleconfiguration', harness.configuration);
  expect(spec).toMatchObject({ users: [{ kind: 'Group', name: 'projectcapsule.dev' }] });
});

test('puts each policy in place once', async () => {
  const kinds = ['validating', 'mutating'].flatMap((kind) => [
    `${kind}admissionpolicies`,
    `${kind}admissionpolicybindings`,
  ]);
  const { items } = await harness.get(
    kinds.join(),
    '-l',
    'projectcapsule.dev/managed-by=controller',
  );
  const applied = startRequests.filter((request) =>
    /^(apply|patch) (validating|mutating)admissionpolic/.test(request),
  );
  expect(applied).toHaveLength(items?.length ?? 0);
});

test('is made anew when somebody deletes it', async () => {
  const before = await harness.get('capsuleconfiguration', harness.configuration);
  await harness.kubectlOk(['delete', 'capsuleconfiguration', harness.configuration]);
  await eventually('there is another one', async () => {
    const { metadata } = await harness.get('capsuleconfiguration', harness.configuration);
    return metadata.uid !== before.metadata.uid;
  });
});

test('keeps the first ring: who changes a policy or removes it finds it as it was', async () => {
  const policy = ['validatingadmissionpolicy', 'namespaces.tenantry.dev'];
  await harness.kubectlOk(['delete', ...policy]);
  await eventually('it is back', () => exists(...policy));
  const binding = ['validatingadmissionpolicybinding', 'namespaces.tenantry.dev'];
  const audit = '{"spec":{"validationActions":["Audit"]}}';
  await harness.kubectlOk(['patch', ...binding, '--type=merge', '-p', audit]);
  await eventually('it denies again', async () => {
    const { spec } = await harness.get(...binding);
    return (spec as { validationActions: string[] }).validationActions.join() === 'Deny';
  });
});

test('removes policies of an older version, and those of nobody else', async () => {
  const bindings = {
    apiGroups: [''],
    apiVersions: ['v1'],
    operations: ['CREATE'],
    resources: ['bindings'],
  };
  const policy = (name: string, labels = {}) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name, labels },
    spec: {
      matchConstraints: { resourceRules: [bindings] },
      validations: [{ expression: 'true' }],
    },
  });
  const labels = {
    'projectcapsule.dev/managed-by': 'controller',
    'projectcapsule.dev/created-by': 'first-ring',
  };
  await harness.apply([policy('old.tenantry.dev', labels), policy('of-others.tenantry.dev')]);
  await eventually('the old one is gone', async () => {
    // Any change has it looked at again, which may be before the watch tells of the policy.
    await patch({ protectedNamespaceRegex: `^${freshName('x')}$` });
    return !(await exists('validatingadmissionpolicy', 'old.tenantry.dev'));
  });
  expect(await exists('validatingadmissionpolicy', 'of-others.tenantry.dev')).toBe(true);
});

test('renames the roles, and removes those of the old names', async () => {
  const [provisioner, deleter] = [freshName('provisioner'), freshName('deleter')];
  await patch({ rbac: { provisioner, deleter } });
  await eventually('the new ones are there', async () => {
    return (
      (await exists('clusterrole', provisioner, deleter)) &&
      (await exists('clusterrolebinding', provisioner))
    );
  });
  await eventually('the old ones are gone', async () => {
    return !(
      (await exists('clusterrole', 'capsule-namespace-provisioner')) ||
      (await exists('clusterrole', 'capsule-namespace-deleter')) ||
      (await exists('clusterrolebinding', 'capsule-namespace-provisioner'))
    );
  });
  await patch({ rbac: null });
  await eventually('the usual ones are back', async () =>
    exists('clusterrolebinding', 'capsule-namespace-provisioner'),
  );
});

test('repairs its roles, and tells them from those of others by a label', async () => {
  const roles = ['provisioner', 'deleter'].map((each) => `capsule-namespace-${each}`);
  const role = async (name: string) => {
    const { metadata, ...object } = await harness.get('clusterrole', name);
    return { labels: metadata.labels, rules: object['rules'] };
  };
  const before = await Promise.all(roles.map(role));
  const labels = { 'projectcapsule.dev/created-by': 'rbac-controller' };
  const verbs = { [roles[0] ?? '']: ['create', 'patch'], [roles[1] ?? '']: ['delete'] };
  for (const [index, name] of roles.entries()) {
    expect(before[index]).toMatchObject({ labels });
    const rule = { apiGroups: [''], resources: ['namespaces'], verbs: verbs[name] };
    expect(before[index]?.rules).toContainEqual(rule);
    const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const drift = JSON.stringify({ rules: everything });
    await harness.kubectlOk(['patch', 'clusterrole', name, '--type=merge', '-p', drift]);
  }
  for (const [index, name] of roles.entries()) {
    await eventually('nobody may do more than before', async () => {
      return JSON.stringify(await role(name)) === JSON.stringify(before[index]);
    });
  }
  const subjects = async () =>
    (await harness.get('clusterrolebinding', roles[0] ?? ''))['subjects'] as { name: string }[];
  const bound = await subjects();
  const intruder = [{ kind: 'User', name: 'mallory', apiGroup: 'rbac.authorization.k8s.io' }];
  const binding = ['clusterrolebinding', roles[0] ?? ''];
  const added = JSON.stringify({ subjects: [...bound, ...intruder] });
  await harness.kubectlOk(['patch', ...binding, '--type=merge', '-p', added]);
  await eventually('nobody else is bound', async () => {
    return JSON.stringify(await subjects()) === JSON.stringify(bound);
  });
});

test('binds administrators and users to the provisioner', async () => {
  const [user, administrator] = [freshName('user'), freshName('admin')];
  await patch({
    users: [{ kind: 'User', name: user }],
    administrators: [{ kind: 'User', name: administrator }],
  });
  await eventually('both may', async () => {
    const { subjects } = (await harness.get(
      'clusterrolebinding',
      'capsule-namespace-provisioner',
    )) as unknown as { subjects?: { name: string }[] };
    const names = subjects?.map(({ name }) => name) ?? [];
    return names.includes(user) && names.includes(administrator);
  });
});

test('tells whose names count and which tenants there are', async () => {
  const tenant = freshName('coal');
  await harness.tenant(tenant, { owners: [{ kind: 'User', name: 'carol' }] });
  await eventually('the tenant is listed', async () => {
    const { status } = await harness.get('capsuleconfiguration', harness.configuration);
    return (status as { tenants: string[] }).tenants.includes(tenant);
  });
});

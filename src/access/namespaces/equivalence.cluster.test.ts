import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  apply,
  clusterContext,
  freshName,
  kubectl,
  kubectlOk,
} from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { examplesOfEach } from '../../../test/support/examples-of-each.ts';
import { policiesInForce } from '../../../test/support/policies-in-force.ts';
import { testSeed } from '../../../test/support/random.ts';
import { createLog } from '../../base/log.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import { createClient, type ClosableClient } from '../../kube/connect.ts';
import { serviceAccountIdentity, userIdentity } from '../../kube/identity.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import type { KubeObject, OwnerReference } from '../../kube/object.ts';
import { firstRefusal } from '../policy/rule.ts';
import { accountsBinding, tenantGrants } from '../tenancy/ownership.ts';
import { cordonedLabel, nodeSelectorAnnotation, tenantLabel, Verb } from '../tenancy/vocabulary.ts';
import { readNamespace, type NamespaceFacts, type NamespaceSettings } from './facts.ts';
import { foreignRules } from './foreign-rules.ts';
import { mutateNamespace } from './mutation.ts';
import { compilePolicies } from '../policy/compile.ts';
import { namespacePolicies } from './policies.ts';
import { namespaceRules } from './rules.ts';

/**
 * What the API server decides by CEL and what the functions decide are the same, over generated
 * users, tenants and writes. Every case is a dry run against the real thing.
 */
const seed = testSeed();
const suite = freshName('eq');
const configuration = `${suite}-config`;
const [home, lived] = [`${suite}-home`, `${suite}-lived`];
const settings: NamespaceSettings = {
  configuration,
  home,
  ignoredGroups: [`${suite}-ignored`],
  protectedLabels: ['grant'],
  protectedNamespaceRegex: '-hid+en$',
};
const tenants = ['a', 'b'].map((name) => `${suite}-${name}`);
const verbs = [
  Verb.Own,
  Verb.Extend,
  Verb.NameFreely,
  Verb.LabelFreely,
  Verb.LabelNothing,
  Verb.Uncordon,
];
const type = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

/**
 * Who holds what: every user another share of the verbs on each tenant. The last two are accounts that
 * live in a tenant, which nobody names.
 */
const users = Array.from({ length: 10 }, (_, index) => ({
  name: index < 8 ? `${suite}-user-${index}` : `system:serviceaccount:${lived}:user-${index}`,
  lives: index >= 8,
  administers: index === 7 || index === 9,
  /** Whom tenancy is enforced for: not those in an ignored group. */
  uses: index % 2 === 0 || index === 9,
  groups: index === 4 ? [`${suite}-ignored`] : [],
  held: Object.fromEntries(
    tenants.map((tenant, nth) => [
      tenant,
      verbs.filter((_verb, bit) => ((index * 5 + nth * 3 + 1) >> bit) % 2 === 1),
    ]),
  ) as Record<string, Verb[]>,
}));
type User = (typeof users)[number];

const may =
  ({ administers, held }: User): NamespaceFacts['may'] =>
  (verb, name) =>
    verb === Verb.Administer
      ? administers && name === configuration
      : (held[name]?.includes(verb) ?? false);

const isCapsuleUser = ({ administers, uses, groups }: User) =>
  uses && !administers && groups.length === 0;

let admin: ClosableClient;
/** Stored namespaces of every sort. */
let stored: KubeObject[];

beforeAll(async () => {
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  admin = createClient({ cluster, log: createLog({ level: 'error' }), userAgent: suite });
  const group = 'rbac.authorization.k8s.io';
  const grant = (name: string, rules: object[], names: string[]) => [
    { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name },
      subjects: names.map((user) => ({ apiGroup: group, kind: 'User', name: user })),
    },
  ];
  const roles = users.flatMap(({ name, held }) =>
    tenants.flatMap((tenant) =>
      tenantGrants({ tenant, owners: [{ kind: 'User', name }], verbs: held[tenant] ?? [] })
        .filter(() => (held[tenant] ?? []).length > 0)
        .map((object) => ({
          ...object,
          metadata: { name: `${object.metadata.name}-${name}` },
          ...(object['roleRef'] !== undefined && {
            roleRef: {
              ...(object['roleRef'] as object),
              name: `${object.metadata.name}-${name}`,
            },
          }),
        })),
    ),
  );
  const onConfiguration = (verb: Verb) => ({
    apiGroups: ['capsule.clastix.io'],
    resources: ['capsuleconfigurations'],
    resourceNames: [configuration],
    verbs: [verb],
  });
  const write = { apiGroups: [''], resources: ['namespaces'], verbs: ['create', 'update'] };
  stored = ['', ...tenants].flatMap((label, nth) =>
    [[], [reference(tenants[0] ?? '')], [reference(tenants[1] ?? '')]].map((references, index) =>
      namespace(`${suite}-stored-${nth}${index}`, {
        label,
        references,
        nodes: index === 1,
        more: index === 1 ? { [cordonedLabel]: 'true' } : {},
        held: index === 2,
      }),
    ),
  );
  const accounts = accountsBinding({ tenant: tenants[0] ?? '', home }, [lived]);
  await apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: home } },
    ...stored,
    ...roles,
  ]);
  await apply([
    ...grant(
      `${suite}-write`,
      [write],
      users.map(({ name }) => name),
    ),
    ...grant(
      `${suite}-admin`,
      [onConfiguration(Verb.Administer)],
      users.filter(({ administers }) => administers).map(({ name }) => name),
    ),
    ...grant(
      `${suite}-use`,
      [onConfiguration(Verb.Use)],
      users.filter(({ uses, lives }) => uses && !lives).map(({ name }) => name),
    ),
    { ...accounts, roleRef: { ...accounts.roleRef, name: `${suite}-use` } },
    ...compilePolicies(namespacePolicies(settings)).map(ofThisSuite),
  ]);
  await policiesInForce(admin);
  await eventually('policies and roles are in force', async () => {
    const stranger = users.find(
      (each) => !each.administers && !may(each)(Verb.Own, tenants[0] ?? ''),
    );
    const administrator = users.find(({ administers }) => administers);
    const attempt = (as: string, label = '') =>
      kubectl(['create', '--dry-run=server', '-f', '-'], {
        input: JSON.stringify(namespace(`${suite}-probe`, { label, references: [], nodes: false })),
        as,
      });
    const held = users.filter(isCapsuleUser);
    const results = [
      await attempt(stranger?.name ?? '', tenants[0]),
      await attempt(held[0]?.name ?? '', ''),
      await attempt(held.at(-1)?.name ?? '', ''),
    ];
    const allowed = await attempt(administrator?.name ?? '', tenants[0]);
    return results.every(({ stderr }) => stderr.includes('denied request')) && allowed.code === 0;
  });
  for (const { metadata } of stored.filter(isHeld)) {
    await kubectlOk(['delete', 'namespace', metadata.name, '--wait=false']);
    await eventually('the cluster is done with it', async () => {
      const { spec } = await admin.get<KubeObject>(type, { name: metadata.name });
      return (spec as { finalizers?: string[] }).finalizers === undefined;
    });
  }
  stored = await Promise.all(
    stored.map(({ metadata }) => admin.get(type, { name: metadata.name })),
  );
});
afterAll(async () => {
  const body = { metadata: { finalizers: null } };
  for (const { metadata } of (stored ?? []).filter(isHeld)) {
    await admin.patch(type, { name: metadata.name }, { type: 'merge', body });
  }
  await admin?.close();
});

/** It is being deleted, or about to be. */
const isHeld = ({ metadata }: KubeObject) => metadata['finalizers'] !== undefined;

/** Policies of another suite look at other users; these at those of this one only. */
function ofThisSuite(object: KubeObject): KubeObject {
  const spec = object['spec'] as { policyName?: string; matchConditions?: object[] };
  const name = `${suite}.${object.metadata.name}`;
  const own = {
    name: 'of-this-suite',
    expression: `request.userInfo.username.contains('${suite}-')`,
  };
  return {
    ...object,
    metadata: { ...object.metadata, name },
    spec: {
      ...spec,
      ...(spec.policyName === undefined
        ? { matchConditions: [own, ...(spec.matchConditions ?? [])] }
        : { policyName: name }),
    },
  };
}

function reference(name: string): OwnerReference {
  const uid = `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').slice(-12).padStart(12, '0')}`;
  return { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant', name, uid };
}

interface Shape {
  label: string;
  references: OwnerReference[];
  nodes: boolean;
  more?: Record<string, string>;
  /** An annotation. */
  note?: string | undefined;
  /** Something keeps it from ending. */
  held?: boolean;
}

function namespace(
  name: string,
  { label, references, nodes, more = {}, note, held = false }: Shape,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { ...(label !== '' && { [tenantLabel]: label }), ...more },
      ...((nodes || note !== undefined) && {
        annotations: {
          ...(nodes && { [nodeSelectorAnnotation]: 'pool=x' }),
          ...(note !== undefined && { note }),
        },
      }),
      ...(references.length > 0 && { ownerReferences: references }),
      ...(held && { finalizers: ['example.com/held'] }),
    },
  };
}

const other: OwnerReference = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: 'x',
  uid: '00000000-0000-4000-8000-ffffffffffff',
};
/** Named like a Tenant of ours, of somebody else's API. */
const foreign = { ...reference(tenants[0] ?? ''), apiVersion: 'example.com/v1' };
const blocking = { ...reference(tenants[0] ?? ''), blockOwnerDeletion: true };
const shape = fc.record({
  label: fc.constantFrom('', ...tenants, `${suite}-nobodys`),
  references: fc.oneof<fc.Arbitrary<OwnerReference[]>[]>(
    fc.subarray([...tenants.map(reference), other, foreign]),
    fc.constant([blocking]),
  ),
  nodes: fc.boolean(),
  more: fc.constantFrom<Record<string, string>[]>(
    {},
    {},
    { team: 'x' },
    { [cordonedLabel]: 'true' },
    { grant: 'x' },
    { grant: '' },
    { [tenantLabel]: '' },
  ),
  note: fc.constantFrom(undefined, undefined, 'x'),
});
const user = fc.constantFrom(...users);
const name = fc.constantFrom(
  ...[...tenants, suite].flatMap((prefix) => [`${prefix}-new`, `${prefix}-hidden`]),
);

interface Write {
  as: User;
  object: KubeObject;
  oldObject?: KubeObject;
}

/** Which rule refuses, by the functions. */
function decide({ as, ...write }: Write): string | undefined {
  const mutated = mutateNamespace({ ...write, may: may(as), configuration });
  const facts: NamespaceFacts = {
    operation: write.oldObject ? 'UPDATE' : 'CREATE',
    after: readNamespace(mutated),
    ...(write.oldObject && { before: readNamespace(write.oldObject) }),
    may: may(as),
    isCapsuleUser: isCapsuleUser(as),
  };
  const isOfTenant = [facts.after, ...(facts.before ? [facts.before] : [])].some(
    ({ label, references }) => label !== '' || references.length > 0,
  );
  const rules = isOfTenant ? namespaceRules(settings) : foreignRules(settings);
  return firstRefusal(rules, facts)?.message;
}

/** Which rule refuses, by the API server. */
async function ask(send: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await send();
    return undefined;
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    return /denied request: (.*)$/s.exec(error.message)?.[1] ?? error.message;
  }
}

const creations = fc.record({
  as: user,
  object: fc.tuple(name, shape).map(([named, what]) => namespace(named, what)),
});
/** Changes of what is stored, every other of them within its tenant. */
const updates = (old: readonly KubeObject[]) =>
  fc
    .record({ as: user, oldObject: fc.constantFrom(...old), what: shape, staysPut: fc.boolean() })
    .map(({ as, oldObject, what, staysPut }): Write => {
      const { metadata } = namespace(oldObject.metadata.name, what);
      const { labels, annotations } = oldObject.metadata;
      const key = 'kubernetes.io/metadata.name';
      const changed = staysPut
        ? {
            labels: { ...labels, ...what.more },
            annotations: { ...annotations, note: what.note ?? '' },
          }
        : { ...metadata, labels: { ...metadata.labels, [key]: labels?.[key] ?? '' } };
      const { ownerReferences, ...identity } = oldObject.metadata;
      const kept = staysPut && ownerReferences ? { ownerReferences } : {};
      const object = {
        ...oldObject,
        metadata: { ...identity, ...kept, annotations: {}, ...changed },
      };
      return { as, oldObject, object };
    });

test(`writes are decided alike (TENANTRY_SEED=${seed})`, async () => {
  const writes = fc.oneof<fc.Arbitrary<Write>[]>(creations, updates(stored));
  const messages = [...namespaceRules(settings), ...foreignRules(settings)]
    // For API servers without mutating policies: here, those have taken the reference off before.
    .filter(({ name: rule }) => rule !== 'namespace-reference-is-labelled')
    .map(({ message }) => message);
  // A test that only ever sees one answer proves nothing.
  const examples = examplesOfEach(writes, [...messages, undefined], decide);
  await fc.assert(
    fc.asyncProperty(writes, async (write) => {
      const { object, oldObject, as } = write;
      const client = admin.as(
        as.lives
          ? serviceAccountIdentity(lived, as.name.split(':').at(-1) ?? '')
          : userIdentity(as.name, as.groups),
      );
      const verb = oldObject ? 'replace' : 'create';
      const answer = await ask(() => client[verb](type, object, { dryRun: true }));
      expect(answer).toBe(decide(write));
    }),
    { seed, numRuns: 1000, examples: examples.map((write) => [write]) },
  );
});

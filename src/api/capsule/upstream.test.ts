import { describe, expect, test } from 'vitest';
import { beyond, fieldsOf, ourFacts, upstreamFacts } from '../../../test/support/schema-facts.ts';
import { customResourceDefinition } from '../crd/custom-resource-definition.ts';
import { capsuleKinds } from './kinds.ts';

/** Required upstream and not here: manifests that people carry leave them out. */
const looser = ['spec.owners[].kind', 'spec.pool', 'spec', 'metadata'];

/** Beside what upstream has: what a Tenant's options mean in a namespace, for admission; what deploys it. */
const additive = ['checks ', 'checks.', 'policies ', 'policies.', 'spec.gitops'];

/** A field that has a default is there, required or not. */
const withoutRequired = (facts: readonly string[]) =>
  facts.map((fact) => {
    const isMoot =
      fact.includes(' default=') || looser.some((field) => fact.startsWith(`${field} `));
    return isMoot ? fact.replace(/ required$/, '') : fact;
  });

const stored = capsuleKinds.map(({ plural, versions }) => [plural, versions[0].name] as const);

describe.each(stored)('%s against upstream', (plural, version) => {
  test(`${version} is what upstream serves: fields, defaults, rules`, () => {
    const theirs = withoutRequired(upstreamFacts(plural, version));
    const ours = withoutRequired(ourFacts(plural, version));
    const required = / required$/;
    expect(theirs.length).toBeGreaterThan(10);
    expect(
      beyond(theirs, ours).filter((fact) => !fact.startsWith('status.') || !required.test(fact)),
    ).toEqual([]);
    const more = beyond(ours, theirs).filter((fact) => !fact.startsWith('status.'));
    expect(more.filter((fact) => !additive.some((field) => fact.startsWith(field)))).toEqual([]);
  });
});

test('v1beta1 tenants have every field they had', () => {
  const theirs = fieldsOf(upstreamFacts('tenants', 'v1beta1'));
  expect(theirs.length).toBeGreaterThan(100);
  expect(beyond(theirs, fieldsOf(ourFacts('tenants', 'v1beta1')))).toEqual([]);
});

/** As people type them, and as `kubectl get` shows them. */
test.each([
  [
    'tenants',
    'Cluster tnt',
    'State,Namespace quota,Namespace count,Node selector,Ready,Status,Age',
  ],
  ['capsuleconfigurations', 'Cluster', 'Ready,Status,Age'],
  ['tenantowners', 'Cluster to', 'Ready,Age'],
  ['rulestatuses', 'Namespaced', 'Ready,Message,Age'],
  ['globaltenantresources', 'Cluster gtr', 'Items,Ready,Status,Age'],
  ['tenantresources', 'Namespaced tr', 'Items,Ready,Status,Age'],
  ['resourcepools', 'Cluster quotapool', 'Claims,Namespaces,Ready,Status,Age'],
  ['resourcepoolclaims', 'Namespaced', 'Pool,Ready,Message,Bound,Reason,Age'],
  ['globalresourcequotas', 'Cluster globalquota grq', 'Namespaces,Ready,Status,Age'],
  ['customquotas', 'Namespaced cq', 'Limit,Used,Available,Ready,Status,Age'],
  ['globalcustomquotas', 'Cluster gcq', 'Limit,Used,Available,Ready,Status,Age'],
  ['quantityledgers', 'Namespaced ql', 'TargetKind,TargetNamespace,TargetName,Reserved,Age'],
  ['proxysettings', 'Namespaced', 'Ready,Age'],
  ['globalproxysettings', 'Cluster', 'Ready,Age'],
])('%s are named and shown as upstream, and have a status of their own', (plural, named, shown) => {
  const kind = capsuleKinds.find((each) => each.plural === plural);
  const { spec } = customResourceDefinition(kind as NonNullable<typeof kind>) as unknown as {
    spec: {
      scope: string;
      names: { shortNames?: string[] };
      versions: { additionalPrinterColumns: { name: string }[]; subresources?: object }[];
    };
  };
  expect([spec.scope, ...(spec.names.shortNames ?? [])].join(' ')).toBe(named);
  for (const { additionalPrinterColumns, subresources } of spec.versions) {
    expect(additionalPrinterColumns.map(({ name }) => name).join(',')).toBe(shown);
    expect(subresources).toEqual({ status: {} });
  }
});

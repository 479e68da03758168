import type { NamespaceMetadataPolicy } from '../../api/capsule/namespace-policies.ts';
import { capsuleKeyPattern, isCapsuleKey } from '../../api/capsule/labels.ts';
import { equalJson } from '../../base/json.ts';
import { re2 } from '../../base/re2/re2.ts';
import { celText } from '../policy/cel.ts';
import { validatingPolicy, type Policy } from '../policy/policy.ts';
import { firstRefusal, type Refusal, type Rule } from '../policy/rule.ts';
import { mayOnTenant } from '../tenancy/identity-cel.ts';
import { namespaceParams, inTenants } from '../tenancy/tenant-namespaces.ts';
import { Verb } from '../tenancy/vocabulary.ts';
import { keepsMetadataCel, namespaceVariables, type NamespaceSettings } from './facts.ts';

type Strings = Readonly<Record<string, string>>;

/** What the rules about metadata look at. */
export interface MetadataFacts {
  policy: NamespaceMetadataPolicy;
  labels: Strings;
  annotations: Strings;
  /** What was stored before; nothing of a new namespace. */
  old: { labels: Strings; annotations: Strings };
}

type Field = 'labels' | 'annotations';
const names = { labels: 'Labels', annotations: 'Annotations' } as const;

const valuesOf = (object: string, field: Field) => `${object}.metadata.?${field}.orValue({})`;
const policyCel = 'params.policies.namespace';

/** Keys whose value the writer sets or changes, other than managed ones and Capsule's own. */
function changedKeys({ policy, old, ...now }: MetadataFacts, field: Field): string[] {
  const managed = policy[`managed${names[field]}`];
  return Object.entries(now[field])
    .filter(([key, value]) => old[field][key] !== value)
    .map(([key]) => key)
    .filter((key) => !managed.includes(key) && !isCapsuleKey(key));
}

/** In CEL: `test`, of a key `k`, holds of each of them. */
const ofChangedKeys = (field: Field, test: string) =>
  `${valuesOf('object', field)}.all(k, ` +
  `(k in ${valuesOf('oldObject', field)} && ${valuesOf('oldObject', field)}[k] == ${valuesOf('object', field)}[k]) || ` +
  `k in ${policyCel}.managed${names[field]} || k.matches(${celText(capsuleKeyPattern)}) || ${test})`;

function forbidden(field: Field): Rule<MetadataFacts> {
  const denied = `${policyCel}.forbidden${names[field]}`;
  return {
    name: `namespace-${field}-not-forbidden`,
    cel: `!has(${denied}) || ${ofChangedKeys(
      field,
      `!(k in ${denied}.names || (has(${denied}.pattern) && k.matches(${denied}.pattern)))`,
    )}`,
    holds: (facts) => {
      const keys = facts.policy[`forbidden${names[field]}`];
      if (!keys) return true;
      const { pattern } = keys;
      const finds = pattern === undefined ? () => false : re2(pattern)?.test;
      // A pattern that cannot be matched here denies every key.
      return changedKeys(facts, field).every(
        (key) => !keys.names.includes(key) && finds !== undefined && !finds(key),
      );
    },
    message: `some ${field} are marked as forbidden by the tenant`,
    remedy: `spec.namespaceOptions.forbidden${names[field]} of the Tenant`,
  };
}

function required(field: Field): Rule<MetadataFacts> {
  const keys = `${policyCel}.required${names[field]}`;
  const values = valuesOf('object', field);
  return {
    name: `namespace-${field}-required`,
    cel: `!has(${keys}) || ${keys}.all(r, r.key in ${values} && ${values}[r.key].matches(r.pattern))`,
    holds: (facts) =>
      (facts.policy[`required${names[field]}`] ?? []).every(({ key, pattern }) => {
        const value = facts[field][key];
        return value !== undefined && re2(pattern)?.test(value) === true;
      }),
    message: `the tenant requires certain ${field} on its namespaces, with certain values`,
    remedy: `spec.namespaceOptions.requiredMetadata.${field} of the Tenant`,
  };
}

function managedOnly(field: Field): Rule<MetadataFacts> {
  const last = 'kubectl.kubernetes.io/last-applied-configuration';
  return {
    name: `namespace-${field}-managed-only`,
    cel: `!(${policyCel}.?managedOnly.orValue(false)) || ${ofChangedKeys(field, `k in ['kubernetes.io/metadata.name', '${last}']`)}`,
    holds: (facts) =>
      facts.policy.managedOnly !== true ||
      changedKeys(facts, field).every((key) => ['kubernetes.io/metadata.name', last].includes(key)),
    message: `namespaces of the tenant have managed ${field} and no others`,
    remedy: 'spec.namespaceOptions.managedMetadataOnly of the Tenant',
  };
}

/** What a Tenant says about the labels and annotations of its namespaces, in the order it is told. */
export const namespaceMetadataRules: readonly Rule<MetadataFacts>[] = [
  managedOnly('labels'),
  managedOnly('annotations'),
  forbidden('labels'),
  forbidden('annotations'),
  required('labels'),
  required('annotations'),
];

/** What of a write the Tenant's rules about metadata refuse; what changes none of it is left alone. */
export function metadataRefusal(facts: MetadataFacts): Refusal | undefined {
  const { labels, annotations, old } = facts;
  if (equalJson({ labels, annotations }, old)) return undefined;
  return firstRefusal(namespaceMetadataRules, facts);
}

/**
 * What a Tenant says about the metadata of its namespaces, held for its owners and users of Capsule
 * when they change one. A new namespace has no parameters yet: see `namespace-metadata-looked-at`.
 */
export function namespaceMetadataPolicies(settings: NamespaceSettings): Policy[] {
  return validatingPolicy<MetadataFacts>({
    name: 'namespaces.metadata.tenantry.dev',
    resources: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['UPDATE'],
        resources: ['namespaces', 'namespaces/status', 'namespaces/finalize'],
        scope: 'Cluster',
      },
    ],
    matchConditions: [
      { name: 'not-going', expression: '!has(object.metadata.deletionTimestamp)' },
      { name: 'metadata-changed', expression: `!(${keepsMetadataCel})` },
    ],
    variables: [
      ...namespaceVariables(settings),
      {
        name: 'isHeld',
        expression:
          `has(${policyCel}) && !variables.isAdministrator && ` +
          `(variables.isCapsuleUser || ${mayOnTenant(Verb.Own, 'variables.tenant')})`,
      },
    ],
    params: { ...namespaceParams, ifMissing: 'Allow' },
    namespaceSelector: inTenants,
    rules: namespaceMetadataRules.map((rule) => ({
      ...rule,
      cel: `!variables.isHeld || (${rule.cel})`,
    })),
  });
}

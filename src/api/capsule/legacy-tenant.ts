import { isRecord } from '../../base/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { defaultOwnerRoles, ownerKindOf } from './owner.ts';

type Strings = Readonly<Record<string, string>>;
type Fields = Record<string, unknown>;

/** On a Tenant, with any value: it may not be deleted. */
export const protectedAnnotation = 'capsule.clastix.io/protected';

const roleNames = 'clusterrolenames.capsule.clastix.io/';
const cordonLabel = 'capsule.clastix.io/cordon';
const denyWildcard = 'capsule.clastix.io/deny-wildcard';
const forbidden = 'capsule.clastix.io/forbidden-namespace-';

/**
 * A stored Tenant with what manifests of v1beta1 say by annotations and a label in the fields that
 * came for it: roles of owners, cordoning, protection, wildcards, forbidden metadata. What the fields
 * say themselves counts more. The stored object keeps its annotations, so that either version reads
 * back what was written.
 */
export function withLegacyAnnotations(object: KubeObject): KubeObject {
  const { annotations = {}, labels = {} } = object.metadata;
  const spec = object['spec'];
  const isLegacy =
    labels[cordonLabel] !== undefined ||
    Object.keys(annotations).some((key) => key.includes('capsule.clastix.io/'));
  if (!isRecord(spec) || !isLegacy) return object;
  return {
    ...object,
    spec: {
      ...spec,
      ...(labels[cordonLabel] === 'enabled' && { cordoned: true }),
      ...(annotations[protectedAnnotation] !== undefined && { preventDeletion: true }),
      ...ownersWith(spec['owners'], annotations),
      ...ingressOptionsWith(spec['ingressOptions'], annotations),
      ...namespaceOptionsWith(spec['namespaceOptions'], annotations),
    },
  };
}

function ownersWith(owners: unknown, annotations: Strings): Fields {
  if (!Array.isArray(owners)) return {};
  const withRoles = owners.map((owner: unknown, index) => {
    if (!isRecord(owner)) return owner;
    const roles = rolesOf(owner, index, annotations);
    const isDefault =
      owner['clusterRoles'] === undefined ||
      JSON.stringify(owner['clusterRoles']) === JSON.stringify(defaultOwnerRoles);
    return roles && isDefault ? { ...owner, clusterRoles: roles } : owner;
  });
  return { owners: withRoles };
}

/** By kind and name, in lower case, with `__AT__` for what a key cannot hold; or by the owner's place. */
function rolesOf(owner: Fields, index: number, annotations: Strings): string[] | undefined {
  const text = (field: string) => (typeof owner[field] === 'string' ? owner[field] : '');
  const name = text('name');
  const kind = text('kind') || ownerKindOf(name);
  const wanted = new Set([`${kind}.${name}`.toLowerCase(), String(index)]);
  const found = Object.entries(annotations).find(
    ([key]) =>
      key.startsWith(roleNames) &&
      wanted.has(key.slice(roleNames.length).replaceAll('__AT__', '@')),
  );
  return found && listOf(found[1]);
}

function ingressOptionsWith(options: unknown, annotations: Strings): Fields {
  if (annotations[denyWildcard] !== 'true') return {};
  const own = isRecord(options) ? options : {};
  return { ingressOptions: { allowWildcardHostnames: false, ...own } };
}

function namespaceOptionsWith(options: unknown, annotations: Strings): Fields {
  const own = isRecord(options) ? options : {};
  const lists = {
    ...listWith('forbiddenLabels', 'labels', annotations),
    ...listWith('forbiddenAnnotations', 'annotations', annotations),
  };
  return Object.keys(lists).length === 0 ? {} : { namespaceOptions: { ...lists, ...own } };
}

function listWith(field: string, what: string, annotations: Strings): Fields {
  const denied = annotations[`${forbidden}${what}`];
  const deniedRegex = annotations[`${forbidden}${what}-regexp`];
  if (denied === undefined && deniedRegex === undefined) return {};
  return {
    [field]: {
      ...(denied !== undefined && { denied: listOf(denied) }),
      ...(deniedRegex !== undefined && { deniedRegex }),
    },
  };
}

const listOf = (text: string) =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

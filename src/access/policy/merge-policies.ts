import { joinParts, type Part } from './join-parts.ts';
import type { Operation, Policy, ResourceRule } from './policy.ts';

/** A resource that some policy names, with its subresources: `pods`. */
interface Resource {
  group: string;
  name: string;
}

/** Policies that are joined for some resources. */
interface Bundle {
  resources: Resource[];
  parts: Part[];
}

/**
 * Makes one policy of those that look at the same resource in the same namespaces. Those about every
 * resource join them, and look at the others only; but where parameters may be missing on a creation
 * they do not, for what is joined is refused then as a whole.
 */
export function mergePolicies(policies: readonly Policy[]): Policy[] {
  return [...groupBy(policies.flatMap(byOperation), mergeKey).values()].flatMap(mergeGroup);
}

/** Policies with the same key can be joined; those with a selector of objects cost others nothing. */
function mergeKey(policy: Policy): string {
  const { type, name, namespaceSelector } = policy;
  if (isApart(policy)) return JSON.stringify([type, name]);
  return JSON.stringify([type, namespaceSelector, type === 'mutating' && operationsOf(policy)]);
}

const isApart = ({ isAlone, namespaceSelector, objectSelector }: Policy) =>
  isAlone === true || namespaceSelector === undefined || objectSelector !== undefined;

const operationsOf = ({ resources }: Policy): Operation[] =>
  [...new Set(resources.flatMap(({ operations }) => operations))].sort();

/**
 * What changes creations and updates, as one for each: every creation is labelled, so what changes it needs
 * no match condition, which would cost it as much as the change; most updates are left as they are.
 */
function byOperation(policy: Policy): Policy[] {
  const operations = operationsOf(policy);
  if (policy.type !== 'mutating' || isApart(policy) || operations.length === 1) return [policy];
  return operations.map((operation) => ({
    ...policy,
    name: operation === 'CREATE' ? policy.name : nameFor(operation, policy),
    resources: policy.resources
      .filter((rule) => rule.operations.includes(operation))
      .map((rule) => ({ ...rule, operations: [operation] })),
  }));
}

const nameFor = (operation: Operation, { name }: Policy) =>
  name.replace(/\.tenantry\.dev$/, `.${operation.toLowerCase()}.tenantry.dev`);

function mergeGroup(group: readonly Policy[]): Policy[] {
  if (group.length === 1) return [...group];
  const general = group.filter(isGeneral);
  const bundles = bundlesOf(group, general);
  const joined = (policy: Policy) =>
    bundles
      .filter(({ parts }) => parts.some((part) => part.policy === policy))
      .flatMap(({ resources }) => resources);
  return [
    ...bundles.map(({ resources, parts }) => joinParts(resources, parts)),
    ...general.map((policy) => withoutResources(policy, joined(policy))),
  ];
}

/** One for all resources that meet the same policies in the same way. */
function bundlesOf(group: readonly Policy[], general: readonly Policy[]): Bundle[] {
  const special = group.filter((policy) => !isGeneral(policy));
  const bundles = resourcesOf(special).flatMap((resource): Bundle[] => {
    const parts = special.flatMap((policy) => partOf(policy, resource));
    const isAlike = parts.every(({ policy }) => policy.params?.ifMissing === 'Allow');
    if (parts.some(({ policy }) => policy.params?.ifMissing === 'Deny')) {
      const more = general.flatMap((policy) => partOf(policy, resource));
      return [{ resources: [resource], parts: [...parts, ...more] }];
    }
    return (isAlike ? [parts] : parts.map((part) => [part])).map((each) => ({
      resources: [resource],
      parts: each,
    }));
  });
  const met = ({ parts }: Bundle) =>
    JSON.stringify(parts.map(({ policy, ...rest }) => [policy.name, rest]));
  return [...groupBy(bundles, met).values()].map((alike) => ({
    resources: alike.flatMap(({ resources }) => resources),
    parts: alike[0]?.parts ?? [],
  }));
}

const isGeneral = ({ resources }: Policy) =>
  resources.every(({ apiGroups, resources: names }) => apiGroups[0] === '*' && names[0] === '*');

function resourcesOf(policies: readonly Policy[]): Resource[] {
  const all = policies.flatMap(({ resources }) =>
    resources.flatMap(({ apiGroups, resources: names }) =>
      apiGroups.flatMap((group) => names.map((name) => ({ group, name: baseOf(name) }))),
    ),
  );
  return [...new Map(all.map((each) => [`${each.group}/${each.name}`, each])).values()];
}

const baseOf = (name: string) => name.split('/')[0] ?? name;

/** What of a policy is about a resource; nothing if it is not. */
function partOf(policy: Policy, resource: Resource): Part[] {
  const rules = policy.resources.filter((rule) => isAbout(rule, resource));
  const [first] = rules;
  if (!first || policy.except?.some((rule) => isAbout(rule, resource))) return [];
  const own = rules.flatMap(({ resources }) =>
    resources.filter((name) => name === '*' || baseOf(name) === resource.name),
  );
  return [
    {
      policy,
      versions: first.apiVersions,
      operations: [...new Set(rules.flatMap(({ operations }) => operations))],
      subresources: [...new Set(own.map((name) => name.split('/')[1] ?? ''))],
      ...(first.scope && { scope: first.scope }),
    },
  ];
}

const isAbout = ({ apiGroups, resources }: ResourceRule, { group, name }: Resource) =>
  (apiGroups.includes('*') || apiGroups.includes(group)) &&
  resources.some((each) => each === '*' || baseOf(each) === name);

function withoutResources(policy: Policy, joined: readonly Resource[]): Policy {
  const operations = policy.resources.flatMap((rule) => rule.operations);
  const others = [...groupBy(joined, ({ group }) => group)].map(([group, each]) => ({
    apiGroups: [group],
    apiVersions: ['*'],
    operations,
    resources: each.map(({ name }) => name),
  }));
  return { ...policy, except: [...(policy.except ?? []), ...others] };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

import { celSum, celTexts } from './cel.ts';
import type { MatchCondition, Operation, Policy, ResourceRule } from './policy.ts';
import type { Rule, Variable } from './rule.ts';

/** A policy, as far as it is about one resource. */
export interface Part {
  policy: Policy;
  versions: string[];
  operations: Operation[];
  /** Empty for the resource itself. */
  subresources: string[];
  scope?: 'Cluster' | 'Namespaced';
}

/** A part with the names of its variables in the whole, and the requests that it is about. */
interface Joined {
  policy: Policy;
  /** CEL; absent when it is about every request of the whole. */
  applies?: string;
  /** Makes an expression of the policy one of the whole. */
  renamed(expression: string): string;
  /** An expression that is looked at where the part applies; what it is otherwise. */
  guarded(expression: string, otherwise: string): string;
  variables: Variable[];
}

/** One policy that does what its parts do, in their order; it is named after the first. */
export function joinParts(
  resources: readonly { group: string; name: string }[],
  parts: readonly Part[],
): Policy {
  const operations = unique(parts.flatMap((part) => part.operations));
  const subresources = unique(parts.flatMap((part) => part.subresources));
  const [first] = parts;
  if (!first) throw new Error('a policy has parts');
  const versions = parts.find((part) => !part.versions.includes('*'))?.versions ?? ['*'];
  const rules = unique(resources.map(({ group }) => group)).map((group): ResourceRule => ({
    apiGroups: [group],
    apiVersions: versions,
    operations,
    resources: resources
      .filter((resource) => resource.group === group)
      .flatMap(({ name }) => subresources.map((sub) => (sub === '' ? name : `${name}/${sub}`))),
    ...(first.scope && { scope: first.scope }),
  }));
  const own = { name: first.policy.name, resources: rules };
  const { except: _none, ...only } = first.policy;
  if (parts.length === 1) return { ...only, ...own };
  const joined = parts.map((part) => join(part, { operations, subresources }));
  const { namespaceSelector } = first.policy;
  const params =
    parts.find(({ policy }) => policy.params?.ifMissing === 'Deny')?.policy.params ??
    first.policy.params;
  const scope = {
    ...own,
    matchConditions: concerned(joined),
    variables: joined.flatMap(({ variables }) => variables),
    ...(params && { params }),
    ...(namespaceSelector && { namespaceSelector }),
  };
  return first.policy.type === 'validating'
    ? {
        type: 'validating',
        ...scope,
        rules: joined.flatMap(rulesOf),
        audits: joined.flatMap(auditsOf),
      }
    : { type: 'mutating', ...scope, ...patchesOf(joined) };
}

function join(
  { policy, operations, subresources }: Part,
  whole: Pick<Part, 'operations' | 'subresources'>,
): Joined {
  const prefix = `${policy.name.replace(/\.tenantry\.dev$/, '').replaceAll('.', '_')}_`;
  const renamed = (expression: string) =>
    expression.replaceAll(/\bvariables\.(\w+)/g, `variables.${prefix}$1`);
  const conditions = [
    ...(operations.length < whole.operations.length
      ? [`request.operation in ${celTexts(operations)}`]
      : []),
    ...(subresources.length < whole.subresources.length
      ? [`(has(request.subResource) ? request.subResource : '') in ${celTexts(subresources)}`]
      : []),
    ...policy.matchConditions.map(({ expression }) => expression),
  ].map((expression) => `(${expression})`);
  const applies = conditions.join(' && ');
  const named = policy.variables.map(({ name, expression }) => ({
    name: `${prefix}${name}`,
    expression: renamed(expression),
  }));
  if (applies === '') {
    return { policy, renamed, guarded: renamed, variables: named };
  }
  // Looked at once for all patches; a variable costs the API server a program of its own.
  if (policy.type === 'mutating') {
    const guarded = (expression: string, otherwise: string) =>
      `(${applies}) ? (${renamed(expression)}) : ${otherwise}`;
    return { policy, applies, renamed, guarded, variables: named };
  }
  return {
    policy,
    applies,
    renamed,
    guarded: (expression, otherwise) =>
      `variables.${prefix}applies ? (${renamed(expression)}) : ${otherwise}`,
    variables: [{ name: `${prefix}applies`, expression: applies }, ...named],
  };
}

/** Requests that no part is about cost no more than this. */
function concerned(joined: readonly Joined[]): MatchCondition[] {
  const all = joined.map(({ applies }) => applies);
  if (all.includes(undefined)) return [];
  return [{ name: 'is-concerned', expression: all.map((each) => `(${each})`).join(' || ') }];
}

function rulesOf({ policy, guarded }: Joined): Rule<unknown>[] {
  if (policy.type !== 'validating') return [];
  return policy.rules.map((rule) => ({
    ...rule,
    cel: guarded(rule.cel, 'true'),
    ...(rule.messageCel !== undefined && { messageCel: guarded(rule.messageCel, `''`) }),
  }));
}

function auditsOf({ policy, guarded }: Joined): Variable[] {
  if (policy.type !== 'validating') return [];
  return (policy.audits ?? []).map(({ name, expression }) => ({
    name,
    expression: guarded(expression, `''`),
  }));
}

function patchesOf(joined: readonly Joined[]) {
  const all = joined.map(({ policy, guarded }) =>
    policy.type === 'mutating'
      ? { patches: [guarded(celSum(policy.patches), '[]')], addsTo: policy.addsTo ?? [] }
      : { patches: [], addsTo: [] },
  );
  return {
    patches: all.flatMap(({ patches }) => patches),
    addsTo: unique(all.flatMap(({ addsTo }) => addsTo)),
  };
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

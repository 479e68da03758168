import { capsuleGroup } from '../../api/capsule/group.ts';
import type { Clock } from '../../base/clock.ts';
import type { KubeObject } from '../../kube/object.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Caller } from '../caller/caller.ts';
import type { Visible } from '../decide/decision.ts';
import { seenNamespaces } from '../decide/decide.ts';
import { isVisible } from '../decide/is-visible.ts';
import { filterFor } from '../decide/filter-for.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { CallerView, KindFacts, ListableTenant } from './caller-view.ts';
import type { ListRights } from './list-rights.ts';
import type { ServedKinds } from './served-kinds.ts';

/** What is looked at before a request is decided about. */
export interface ObserveDeps {
  views(caller: Caller): CallerView;
  kinds: ServedKinds;
  rights: ListRights;
  namespaces: {
    list(): readonly KubeObject[];
    of(tenant: string): readonly KubeObject[];
    /** Empty: none. */
    tenantOf(namespace: string): string;
  };
  client: Pick<KubeClient, 'list'>;
  clock: Clock;
}

export interface Observed {
  view: CallerView;
  facts: KindFacts;
}

/** Nothing that a decision for others than tenants' users would look at. */
const noFacts: KindFacts = { scope: undefined, isAggregated: false, listable: [] };

/**
 * Looks at what a decision about a request takes. `isFresh`: including what the watches may not have
 * told yet.
 */
export type Observe = (asked: ApiRequest, caller: Caller, isFresh: boolean) => Promise<Observed>;

/** Makes a function that looks. */
export function createObserve(deps: ObserveDeps): Observe {
  return async (asked, caller, isFresh) => {
    const view = deps.views(caller);
    const { group, resource, namespace, subresource, isResource } = asked;
    const isPlain = isResource && subresource === undefined;
    if (!view.isTenantUser || !isPlain) return { view, facts: noFacts };
    if (group === '' && resource === 'namespaces') {
      const names = isList(asked) ? await namesOf(asked, view, isFresh, deps) : undefined;
      return { view, facts: { ...noFacts, ...(names && { namespaceNames: names }) } };
    }
    const isOfTenancy = group === capsuleGroup && resource === 'tenants';
    if (namespace !== undefined || isOfTenancy) return { view, facts: noFacts };
    return { view, facts: await kindFacts(asked, caller, view, deps) };
  };
}

const isList = ({ verb }: ApiRequest) => verb === 'list' || verb === 'watch';

async function kindFacts(
  asked: ApiRequest,
  caller: Caller,
  view: CallerView,
  deps: ObserveDeps,
): Promise<KindFacts> {
  const { group, version, resource } = asked;
  const kind = await deps.kinds.find(group, resource, version);
  if (!kind) return noFacts;
  const isOverNamespaces = kind.scope === 'namespaced' && isList(asked);
  const { scope, isAggregated } = kind;
  return {
    scope,
    isAggregated,
    listable: isOverNamespaces ? await listableBy(caller, asked, view, deps) : [],
  };
}

/** Names of the namespaces that are seen, where no one selector says which these are. */
async function namesOf(
  asked: ApiRequest,
  view: CallerView,
  isFresh: boolean,
  { namespaces, client }: ObserveDeps,
): Promise<string[] | undefined> {
  const visible = seenNamespaces(view, asked, 'List');
  if (!filterFor(visible, { areNamed: true }).keep) return undefined;
  const listed = isFresh ? await present(visible, client) : namespaces.list();
  return listed
    .map(({ metadata }) => metadata)
    .filter((metadata) => isVisible(visible, metadata))
    .map(({ name }) => name)
    .sort();
}

/** The API server itself is asked, so that a namespace that was created just now is among them. */
async function present(
  { names = [], anyOf = [] }: Visible,
  client: ObserveDeps['client'],
): Promise<KubeObject[]> {
  const named = names.map((name): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  const selected = anyOf.map(async (selector) => {
    const { requirement: labelSelector } = filterFor({ anyOf: [selector] });
    return (await client.list(namespaceType, { labelSelector, metadataOnly: true })).items;
  });
  return [...named, ...(await Promise.all(selected)).flat()];
}

/** Where in each tenant the caller may list the kind: as an owner, a subject or a reflected one. */
async function listableBy(
  caller: Caller,
  asked: ApiRequest,
  { tenants, reflected }: CallerView,
  { namespaces, rights, clock }: ObserveDeps,
): Promise<ListableTenant[]> {
  const candidates = new Map<string, string[]>();
  for (const namespace of reflected) {
    const tenant = namespaces.tenantOf(namespace);
    if (tenant !== '') candidates.set(tenant, [...(candidates.get(tenant) ?? []), namespace]);
  }
  const settled = new Set<string>();
  for (const { name, isOwned } of tenants) {
    const all = namespaces.of(name);
    candidates.set(
      name,
      all.map(({ metadata }) => metadata.name),
    );
    const lasting = isOwned ? all.filter((each) => isSettled(each, clock.now())) : [];
    for (const { metadata } of lasting) settled.add(metadata.name);
  }
  const { verb, group, resource } = asked;
  const listable = [...candidates].map(async ([tenant, among]) => {
    const allowed = await rights.among(caller, { verb, group, resource }, among);
    const isOwned = tenants.some(({ name, isOwned: owns }) => owns && name === tenant);
    const isDenied = (name: string) => settled.has(name) && !allowed.includes(name);
    const isWhole = isOwned && allowed.length > 0 && !among.some(isDenied);
    return { tenant, isWhole, namespaces: allowed };
  });
  return (await Promise.all(listable)).sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
}

/** Until a namespace surely has the roles of its owners. */
const youngMs = 30_000;

/**
 * Whether a namespace has the roles of its tenant's owners. They are the same in all namespaces; one
 * that is new has not all of them yet, and one that is being deleted no longer.
 */
function isSettled({ metadata }: KubeObject, now: number): boolean {
  const { deletionTimestamp, creationTimestamp = '' } = metadata;
  return deletionTimestamp === undefined && !(now - Date.parse(creationTimestamp) < youngMs);
}

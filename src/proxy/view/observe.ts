import { capsuleGroup } from '../../api/capsule/group.ts';
import type { KubeObject } from '../../kube/object.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Caller } from '../caller/caller.ts';
import type { Visible } from '../decide/decision.ts';
import { seenNamespaces } from '../decide/decide.ts';
import { visibilityOf } from '../decide/is-visible.ts';
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
    .filter(visibilityOf(visible))
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
  { namespaces, rights }: ObserveDeps,
): Promise<ListableTenant[]> {
  const candidates = new Map<string, string[]>();
  for (const namespace of reflected) {
    const tenant = namespaces.tenantOf(namespace);
    if (tenant !== '') candidates.set(tenant, [...(candidates.get(tenant) ?? []), namespace]);
  }
  for (const { name } of tenants) {
    candidates.set(
      name,
      namespaces.of(name).map(({ metadata }) => metadata.name),
    );
  }
  const { verb, group, resource } = asked;
  const listable = [...candidates].map(async ([tenant, among]) => {
    const may = await rights.among(caller, { verb, group, resource }, among);
    return { tenant, namespaces: may };
  });
  return (await Promise.all(listable)).sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
}

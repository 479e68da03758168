import { tenantLabel } from '../../../access/tenancy/vocabulary.ts';
import { createdByLabel, managedByReplications } from '../../../api/capsule/labels.ts';
import type { ContextEntry, ResourceReference } from '../../../api/capsule/replication.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { LabelSelector } from '../../../kube/label-selector.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { fillIn, type TokenValues } from '../../../access/tenancy/fill-in.ts';
import { fillInSelector } from './fill-in-json.ts';
import { clusterScoped } from './materialise.ts';
import { createObjectReader, type Reading } from './object-reader.ts';
import { ReplicationError } from './replication-error.ts';
import type { Confinement } from './replication.ts';

/** Reads existing objects for one run, as the replication's account; what was read once is known. */
export interface Sources {
  /** Objects to copy: never copies themselves, and without the labels they were selected by. */
  copies(reference: ResourceReference, tokens: TokenValues): Promise<KubeObject[]>;
  /** Objects for templates to see, in `namespace` unless the entry names another. */
  context(entry: ContextEntry, tokens: TokenValues): Promise<KubeObject[]>;
}

export interface SourcesOptions {
  /** Of the account: what it may not read is not read. */
  client: KubeClient;
  confinedTo: Confinement | undefined;
  /** A namespace as it is known, to tell those of tenants. */
  namespace(name: string): KubeObject | undefined;
  /** Only for tests of what holds without the check of scopes. */
  isScopeUnchecked: boolean;
  signal: AbortSignal;
}

export function createSources(options: SourcesOptions): Sources {
  const { client, confinedTo, signal } = options;
  const read = createObjectReader(client, signal);

  async function prepare(
    { apiVersion = 'v1', kind, optional, ...reference }: ResourceReference,
    tokens: TokenValues,
    fallback: string | undefined,
  ): Promise<Reading> {
    const type = await client.discovery.resourceFor(apiVersion, kind, { signal });
    if (!type)
      throw new ReplicationError(`no matches for kind '${kind}' in version '${apiVersion}'`);
    const named = fillIn(reference.namespace ?? '', tokens);
    const namespace = type.namespaced ? named || fallback : undefined;
    if (confinedTo && type.namespaced) confine(namespace ?? '', confinedTo);
    const name = reference.name === undefined ? undefined : fillIn(reference.name, tokens);
    const selector = fillInSelector(reference.selector ?? {}, tokens);
    return { type, namespace, name, selector, optional };
  }

  /** Without a namespace everything is looked at, but what tenants have: see the kind's page. */
  const isOfferedByTenant = ({ metadata }: KubeObject) => {
    const { labels = {} } = options.namespace(metadata.namespace ?? '')?.metadata ?? {};
    return tenantLabel in labels;
  };

  return {
    async copies(reference, tokens) {
      const reading = await prepare(reference, tokens, confinedTo?.namespace);
      if (!reading.type.namespaced && !options.isScopeUnchecked)
        throw new ReplicationError(clusterScoped(reference));
      const found = await read(reading);
      const isEverywhere = reading.type.namespaced && reading.namespace === undefined;
      return found
        .filter((object) => !isReplica(object))
        .filter((object) => !isEverywhere || !isOfferedByTenant(object))
        .map((object) => asCopy(object, reading.selector));
    },
    async context(entry, tokens) {
      return await read(await prepare(entry, tokens, tokens.namespace || confinedTo?.namespace));
    },
  };
}

/** Upstream's words: people match on them. Whether the namespace exists is not told. */
function confine(namespace: string, { namespaces }: Confinement): void {
  if (namespaces.has(namespace)) return;
  const allowed = [...namespaces].join(', ');
  throw new ReplicationError(
    `cross-namespace selection is not allowed: namespace '${namespace}' is none of the tenant's (${allowed})`,
  );
}

/** A copy of a copy would be copied again. */
function isReplica({ metadata }: KubeObject): boolean {
  return metadata.labels?.[createdByLabel] === managedByReplications;
}

/** Without what binds it to where it is, and without the labels that would select the copy too. */
function asCopy(object: KubeObject, selector: LabelSelector): KubeObject {
  const keys = new Set([
    ...Object.keys(selector.matchLabels ?? {}),
    ...(selector.matchExpressions ?? []).map(({ key }) => key),
  ]);
  const { ownerReferences: _owners, finalizers: _finalizers, ...kept } = object.metadata;
  const labels = Object.fromEntries(
    Object.entries(kept.labels ?? {}).filter(([key]) => !keys.has(key)),
  );
  return { ...object, metadata: { ...kept, labels } };
}

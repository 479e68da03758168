import type { ReplicatedResources, ResourceReference } from '../../../api/capsule/replication.ts';
import { messageOf } from '../../../base/errors.ts';
import { KubeApiError } from '../../../kube/api-error.ts';
import { fillInJson, fillInMap } from './fill-in-json.ts';
import { generate, templateValues, type Generated, type TemplateValues } from './generate.ts';
import type { Item, Piece, Refused } from './item.ts';
import { materialise } from './materialise.ts';
import { mergeItems, type Gathered } from './merge.ts';
import { ReplicationError } from './replication-error.ts';
import { createSources, type Sources } from './sources.ts';
import { livingNamespaces, targetsOf, tokensOf, type Target } from './targets.ts';
import type { Work } from './work.ts';

/** Everything a replication asks for, and what of it could not be made. */
export interface Wanted {
  items: Item[];
  refused: Refused[];
}

/** Works out everything that a replication asks for. Reads as its account, writes nothing. */
export async function gather(work: Work): Promise<Wanted> {
  const { replication, actor, deps, run } = work;
  const sources = createSources({
    client: actor.client,
    confinedTo: replication.confinedTo,
    namespace: deps.namespace,
    isScopeUnchecked: deps.isScopeUnchecked ?? false,
    signal: run.signal,
  });
  const gathered: Gathered[] = [];
  const refused: Refused[] = [];
  for (const [index, resources] of replication.spec.resources.entries()) {
    const targets = targetsOf(replication, resources, deps.namespaces.of);
    const pieces = await piecesOf(resources, { index, targets, sources }, work);
    for (const made of pieces) {
      const result = 'why' in made ? made : await take(made, resources, work);
      if ('why' in result) refused.push(result);
      else gathered.push({ item: result, isCopy: 'isCopy' in made && made.isCopy });
    }
  }
  return { items: mergeItems(gathered), refused };
}

/** What one group of resources is evaluated over. */
interface Group {
  index: number;
  targets: readonly Target[];
  sources: Sources;
}

/** A piece with the target whose tokens its metadata is filled in with. */
type Targeted = Piece & { target: Target; isCopy: boolean };

async function take(
  piece: Targeted,
  { additionalMetadata = {} }: ReplicatedResources,
  { replication, actor, deps, run }: Work,
): Promise<Item | Refused> {
  const tokens = tokensOf(piece.target);
  return await materialise(piece, {
    discovery: actor.client.discovery,
    allowClusterScoped: replication.confinedTo === undefined && actor.account !== undefined,
    isScopeUnchecked: deps.isScopeUnchecked ?? false,
    metadata: {
      labels: fillInMap(additionalMetadata.labels, tokens),
      annotations: fillInMap(additionalMetadata.annotations, tokens),
    },
    signal: run.signal,
  });
}

async function piecesOf(
  resources: ReplicatedResources,
  group: Group,
  work: Work,
): Promise<(Targeted | Refused)[]> {
  return [
    ...(await copies(resources, group, work)),
    ...rawPieces(resources, group),
    ...(await generatedPieces(resources, group, work)),
  ];
}

function pieceFor(target: Target, origin: string, object: unknown): Targeted {
  const { tenant } = tokensOf(target);
  return {
    object,
    origin,
    tenant,
    namespace: target.namespace?.metadata.name,
    target,
    isCopy: false,
  };
}

function refusedFor(target: Target, origin: string, why: string): Refused {
  const { tenant, namespace } = tokensOf(target);
  return { piece: { origin, tenant, namespace: namespace || undefined }, why };
}

/** Objects that exist, for each namespace but the one they are in. */
async function copies(
  { namespacedItems = [] }: ReplicatedResources,
  { index, targets, sources }: Group,
  { replication }: Work,
): Promise<(Targeted | Refused)[]> {
  // Elsewhere there is no namespace to put them into.
  if (replication.scope !== 'Namespace') return [];
  const made: (Targeted | Refused)[] = [];
  for (const [position, reference] of namespacedItems.entries()) {
    const origin = `${index}/replica-${position}`;
    for (const target of targets)
      made.push(...(await copiesFor(target, reference, origin, sources)));
  }
  return made;
}

async function copiesFor(
  target: Target,
  reference: ResourceReference,
  origin: string,
  sources: Sources,
): Promise<(Targeted | Refused)[]> {
  try {
    // References know the tenant; which namespace a copy goes to says nothing of where it is from.
    const found = await sources.copies(reference, { ...tokensOf(target), namespace: '' });
    return found
      .filter(({ metadata }) => metadata.namespace !== target.namespace?.metadata.name)
      .map((object) => ({ ...pieceFor(target, origin, object), isCopy: true }));
  } catch (error) {
    return [refusedFor(target, origin, explain(error))];
  }
}

function rawPieces({ rawItems = [] }: ReplicatedResources, { index, targets }: Group): Targeted[] {
  return rawItems.flatMap((raw, position) =>
    targets.map((target) =>
      pieceFor(target, `${index}/raw-${position}`, fillInJson(raw, tokensOf(target))),
    ),
  );
}

async function generatedPieces(
  resources: ReplicatedResources,
  { index, targets, sources }: Group,
  { replication, deps, run }: Work,
): Promise<(Targeted | Refused)[]> {
  const { generators = [] } = resources;
  const made: (Targeted | Refused)[] = [];
  const seen: { target: Target; values: TemplateValues }[] = [];
  for (const target of generators.length > 0 ? targets : []) {
    try {
      seen.push({ target, values: await templateValues(resources, target, sources) });
    } catch (error) {
      made.push(refusedFor(target, `${index}/context`, explain(error)));
    }
  }
  const values = seen.map((each) => each.values);
  const tenant = replication.confinedTo?.namespace ?? '';
  const options = { templates: deps.templates, tenant, signal: run.signal };
  for (const [position, generator] of generators.entries()) {
    const origin = `${index}/generator-${position}`;
    const results = await generate(generator, values, options);
    made.push(
      ...seen.flatMap(({ target }, at) => piecesFrom(results[at], target, { origin, position })),
    );
  }
  return made;
}

function piecesFrom(
  result: Generated | undefined,
  target: Target,
  { origin, position }: { origin: string; position: number },
): (Targeted | Refused)[] {
  if (!result) return [];
  if ('why' in result) return [refusedFor(target, origin, `generator ${position}: ${result.why}`)];
  return result.manifests.map((object, count) => pieceFor(target, `${origin}-${count}`, object));
}

/** Why something could not be read; anything unforeseen is the run's failure, not the part's. */
function explain(error: unknown): string {
  if (error instanceof ReplicationError || error instanceof KubeApiError) return messageOf(error);
  throw error;
}

/** Namespaces of the tenant that a replication lives in. */
export function namespacesOfTenant(
  ...[tenant, labelled]: Parameters<typeof livingNamespaces>
): ReadonlySet<string> {
  return new Set(livingNamespaces(tenant, labelled).map(({ metadata }) => metadata.name));
}

import {
  createdByLabel,
  managedByLabel,
  replicationAnnotation,
} from '../../../api/capsule/labels.ts';
import type { ProcessedItem } from '../../../api/capsule/replication.ts';
import { isConflict, isNotFound, KubeApiError } from '../../../kube/api-error.ts';
import type { Patch } from '../../../kube/client.ts';
import { pointerToken } from '../../../kube/json-pointer.ts';
import {
  apiVersionOf,
  type JsonValue,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../../kube/object.ts';
import { refusalText } from '../refusal-text.ts';
import { decideRelease, type Release } from './decide-release.ts';
import { managerOf, managerPrefix, prefixOf } from './field-manager.ts';
import { processedId } from './item.ts';
import type { Work } from './work.ts';

/** Lets go of an object that is no longer asked for. Answers with why it could not, if so. */
export async function releaseItem(
  item: ProcessedItem,
  isShared: boolean,
  work: Work,
): Promise<string | undefined> {
  try {
    const found = await find(item, work);
    work.memory.left.delete(processedId(item));
    if (found) await act(found, decideFor(item, found, isShared, work), work);
    return undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (!(error instanceof KubeApiError)) throw error;
    return isConflict(error) ? 'it changed meanwhile' : refusalText(error, item.kind ?? '');
  }
}

interface Found {
  type: ResourceType;
  key: ObjectKey;
  live: KubeObject;
  /** Of the item. */
  manager: string;
}

/** The object as it is; undefined when there is none, or nothing of its kind any more. */
async function find(item: ProcessedItem, { replication, actor, run }: Work) {
  const { group = '', version = '', kind = '', name = '', namespace } = item;
  const { client } = actor;
  const { signal } = run;
  const apiVersion = apiVersionOf({ group, version });
  const type = await client.discovery.resourceFor(apiVersion, kind, { signal });
  if (!type) return undefined;
  const key = { name, ...(type.namespaced && namespace !== undefined && { namespace }) };
  const live = await client.get(type, key, { signal });
  return { type, key, live, manager: managerOf(replication.mark, processedId(item)) };
}

function decideFor(
  { status }: ProcessedItem,
  { live, manager }: Found,
  isShared: boolean,
  { replication, deps }: Work,
): Release {
  return decideRelease({
    live: deps.objects.reduce(live),
    recorded: { isMade: status?.created ?? false, uid: status?.uid },
    mark: replication.mark,
    manager,
    prune: replication.spec.pruningOnDelete,
    isShared,
  });
}

async function act(found: Found, decision: Release, work: Work): Promise<void> {
  const { type, key, live, manager: fieldManager } = found;
  const { replication, actor, deps, run } = work;
  const { client } = actor;
  const { signal } = run;
  switch (decision.do) {
    case 'delete': {
      const { uid } = decision;
      const options = { preconditions: { uid }, propagationPolicy: 'Background' as const, signal };
      await deps.objects.remove(type, { key, uid }, () => client.delete(type, key, options));
      return;
    }
    case 'release': {
      const bare = { apiVersion: live.apiVersion, kind: live.kind };
      const object = { ...bare, metadata: { ...key, uid: decision.uid } };
      await deps.objects.write(type, key, async () => {
        const answer = await client.apply(type, object, { fieldManager, force: false, signal });
        return answer.object;
      });
      return;
    }
    case 'disown':
      await deps.objects.write(type, key, () =>
        client.patch(type, key, disownPatch(live, managerPrefix(replication.mark)), {
          fieldManager,
          signal,
        }),
      );
      return;
    case 'nothing':
  }
}

/** Takes the marks away, and our entries in managedFields: values stay, and are nobody's. */
export function disownPatch({ metadata }: KubeObject, prefix: string): Patch {
  const { labels = {}, annotations = {}, managedFields = [], resourceVersion = '' } = metadata;
  const kept = managedFields.filter(({ manager }) => prefixOf(manager) !== prefix);
  const isShared = kept.some(({ manager }) => prefixOf(manager) !== undefined);
  const names = isShared ? [] : [createdByLabel, managedByLabel];
  const body: JsonValue[] = [
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ...removals('labels', labels, names),
    ...removals('annotations', annotations, [replicationAnnotation]),
    { op: 'replace', path: '/metadata/managedFields', value: kept as unknown as JsonValue[] },
  ];
  return { type: 'json', body };
}

function removals(
  field: 'labels' | 'annotations',
  present: Readonly<Record<string, string>>,
  names: readonly string[],
): JsonValue[] {
  return names
    .filter((name) => Object.hasOwn(present, name))
    .map((name) => ({ op: 'remove', path: `/metadata/${field}/${pointerToken(name)}` }));
}

import { parseInventory, type ObjectRef } from '../../api/kustomize/inventory.ts';
import { isRecord } from '../../base/json.ts';
import {
  conditionsOf,
  intAt,
  textAt,
  valueAt,
  type Fact,
} from '../../kube/readiness/readiness-facts.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { AnyKind } from './target.ts';

/** A condition, with the generation it is about. */
export interface ConditionFact extends Fact {
  observedGeneration: number | undefined;
}

export function conditionOf(object: KubeObject, type: string): ConditionFact | undefined {
  const index = conditionsOf(object).findIndex((fact) => fact.type === type);
  const fact = conditionsOf(object)[index];
  if (!fact) return undefined;
  const all = valueAt(object, 'status', 'conditions');
  const raw = Array.isArray(all) ? all.filter(isRecord)[index] : undefined;
  const generation = raw?.['observedGeneration'];
  return {
    ...fact,
    observedGeneration: generation === undefined ? undefined : Number(generation),
  };
}

export const isSuspended = (object: KubeObject) => valueAt(object, 'spec', 'suspend') === true;

/** The generation its status is about. */
export const observedGenerationOf = (object: KubeObject) =>
  intAt(object, 'status', 'observedGeneration');

/** The revision an object is at, in full; empty before the first. */
export function revisionOf(kind: AnyKind, object: KubeObject): string {
  return kind.shape.revision ? textAt(object, ...kind.shape.revision) : '';
}

/** A reference to a source, with its namespace. */
export interface SourceRef {
  kind: string;
  namespace: string;
  name: string;
}

/** The source an object takes its content from; undefined for kinds without one. */
export function sourceOf(kind: AnyKind, object: KubeObject): SourceRef | undefined {
  const ref = kind.shape.source && valueAt(object, ...kind.shape.source);
  if (!isRecord(ref) || typeof ref['kind'] !== 'string' || typeof ref['name'] !== 'string') {
    return undefined;
  }
  const own = object.metadata.namespace ?? '';
  const namespace = typeof ref['namespace'] === 'string' ? ref['namespace'] : '';
  return { kind: ref['kind'], namespace: namespace || own, name: ref['name'] };
}

/** The objects it applied; undefined for kinds that apply nothing. */
export function inventoryOf(kind: AnyKind, object: KubeObject): ObjectRef[] | undefined {
  if (!kind.shape.inventory) return undefined;
  const entries = valueAt(object, ...kind.shape.inventory);
  const list = Array.isArray(entries) ? entries.filter(isRecord) : [];
  return parseInventory(list.map(({ id, v }) => ({ id: String(id), v: String(v) })));
}

/** `text` with the digests of revisions in it cut to eight digits: `main@sha1:0123abcd`. */
export function shorten(text: string): string {
  return text.replace(/\b([0-9a-f]{8})[0-9a-f]{32,120}\b/g, '$1');
}

import { RenderError } from '../render/render-error.ts';
import type { RenderedObject, RenderSpec } from './render-spec.ts';
import { textFault } from './text-fields.ts';

/** Lists included; far above what one API server would be given at once. */
const maxObjects = 100_000;
/** The API server itself refuses more (its limit for JSON is 10,000, for schemas far less). */
const maxDepth = 1_000;

/** `kind/name`, or `kind/namespace/name`, for messages. */
export function describeObject({ kind, metadata }: RenderedObject): string {
  const { namespace, name } = metadata;
  return [kind, namespace, name].filter((part) => part !== undefined).join('/');
}

/** `value` as an object of Kubernetes. Throws `build-failed` if it lacks what makes it one. */
export function toRenderedObject(value: unknown, from: string): RenderedObject {
  const { apiVersion, kind, metadata } = asRecord(value) ?? {};
  const { name, namespace } = asRecord(metadata) ?? {};
  const named = [apiVersion, kind, name].every((part) => typeof part === 'string' && part !== '');
  if (!named || !(namespace === undefined || typeof namespace === 'string')) {
    throw new RenderError(
      'build-failed',
      `${from}: the result is not a Kubernetes object with apiVersion, kind and metadata.name`,
    );
  }
  return value as RenderedObject;
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

/**
 * What is applied of what was built: the items of lists instead of the lists, nothing that is
 * configuration of kustomize, no object twice, and none with something else where only texts may be.
 * Throws `build-failed` or `result-too-large`.
 */
export function selectObjects(built: readonly RenderedObject[]): RenderedObject[] {
  const selected = new Map<string, RenderedObject>();
  const queue = [...built];
  for (const object of queue) {
    if (queue.length > maxObjects) {
      throw new RenderError('result-too-large', `The build has more than ${maxObjects} objects`);
    }
    if (isList(object)) {
      for (const item of object.items) queue.push(toRenderedObject(item, object.kind));
    } else if (!object.apiVersion.startsWith('kustomize.config.k8s.io/')) {
      const { apiVersion, kind, metadata } = object;
      const id = JSON.stringify([apiVersion, kind, metadata.namespace ?? '', metadata.name]);
      if (selected.has(id)) {
        throw new RenderError('build-failed', `${describeObject(object)} is there more than once`);
      }
      const fault = textFault(object);
      if (fault !== undefined) {
        const remedy = `${fault} (and around the value of a variable it comes from)`;
        throw new RenderError('build-failed', `${describeObject(object)}: ${remedy}`);
      }
      selected.set(id, object);
    }
  }
  return [...selected.values()];
}

/**
 * Throws `not-decrypted` for a Secret that SOPS encrypted: the API server would only say that it
 * does not know the field `sops`, and other objects would have been applied before.
 */
export function refuseEncrypted(object: RenderedObject): void {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || !('sops' in object)) return;
  throw new RenderError(
    'not-decrypted',
    `${describeObject(object)} is encrypted with SOPS: set spec.decryption, and leave out ` +
      'an annotation that keeps it from being decrypted',
  );
}

function isList(object: RenderedObject): object is RenderedObject & { items: unknown[] } {
  return object.kind.endsWith('List') && Array.isArray(object['items']);
}

/** The object with labels and annotations that win over its own. */
export function withCommonMetadata(
  object: RenderedObject,
  { labels = {}, annotations = {} }: NonNullable<RenderSpec['commonMetadata']>,
): RenderedObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(Object.keys(labels).length > 0 && { labels: { ...metadata.labels, ...labels } }),
      ...(Object.keys(annotations).length > 0 && {
        annotations: { ...metadata.annotations, ...annotations },
      }),
    },
  };
}

/**
 * Freezes an object all the way down, so that it can be shared. Throws `build-failed` for one that
 * nests deeper than any reader of it would go.
 */
export function freezeObject(object: RenderedObject): RenderedObject {
  freeze(object, 0, object);
  return object;
}

function freeze(value: unknown, depth: number, object: RenderedObject): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if (depth > maxDepth) {
    throw new RenderError('build-failed', `${describeObject(object)} nests too deep`);
  }
  Object.freeze(value);
  for (const child of Object.values(value)) freeze(child, depth + 1, object);
}

import { KubeTransportError } from './api-error.ts';
import { isRecord, parseJson } from '../base/json.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from './object.ts';

/** JSON of an answer. @throws KubeTransportError when it is none: something else than an API server spoke. */
export function decodeAnswer(body: string): unknown {
  try {
    return parseJson(body);
  } catch (error) {
    throw new KubeTransportError('the answer is not JSON', { cause: error });
  }
}

/** An object of an answer. @throws KubeTransportError for anything without a metadata.name. */
export function decodeObject(body: string): KubeObject {
  const value = decodeAnswer(body);
  if (isKubeObject(value)) return value;
  throw new KubeTransportError('the answer is not a Kubernetes object');
}

/** The guard of lists and watches: only what can be named is an object. */
export function isKubeObject(value: unknown): value is KubeObject {
  return (
    isRecord(value) && isRecord(value['metadata']) && typeof value['metadata']['name'] === 'string'
  );
}

/**
 * Gives a list item the apiVersion and kind that lists leave out, and a PartialObjectMetadata
 * those of the object it stands for.
 */
export function withType(type: ResourceType, object: KubeObject): KubeObject {
  object.apiVersion = apiVersionOf(type);
  object.kind = type.kind;
  return object;
}

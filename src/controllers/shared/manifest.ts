import { isRecord } from '../../base/json.ts';
import type { KubeObject } from '../../kube/object.ts';

/** metadata that is the API server's to set; in Git it is a left-over of `kubectl get -o yaml`. */
const serverMetadata = [
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
] as const;

/** A manifest without what only the API server sets. */
export function withoutServerFields(object: KubeObject): KubeObject {
  const { status: _status, ...rest } = object;
  const metadata = { ...object.metadata };
  for (const field of serverMetadata) delete (metadata as Record<string, unknown>)[field];
  return { ...rest, apiVersion: object.apiVersion, kind: object.kind, metadata };
}

/**
 * A Secret with its `stringData` as `data` (applied side by side, a removed key would stay behind);
 * anything else as it is. What is in it was found to be texts (`textFault`); null is an empty one.
 */
export function withoutStringData(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object;
  const { stringData, ...secret } = object;
  if (!isRecord(stringData)) return secret;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(typeof value === 'string' ? value : '', 'utf8').toString('base64'),
  ]);
  const data = isRecord(secret['data']) ? secret['data'] : {};
  return { ...secret, data: { ...data, ...Object.fromEntries(encoded) } };
}

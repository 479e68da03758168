import { X509Certificate } from 'node:crypto';
import type { KubeObject } from '../../../kube/object.ts';
import { droppedAnnotations, droppedLabels } from '../apply/field-manager.ts';
import { refOf } from '../../../api/kustomize/inventory.ts';
import { isCustomResourceDefinition } from '../apply/stages.ts';
import { withoutServerFields, withoutStringData } from '../../shared/manifest.ts';

/**
 * A rendered object in the form that server-side apply takes: without what only the API server
 * sets or another tool left behind, a Secret's `stringData` as `data` (applied side by side, a removed key would stay behind),
 * and a CRD without a conversion CA bundle that the API server would refuse the whole CRD for.
 */
export function normalize(object: KubeObject): KubeObject {
  const { metadata: kept, ...rest } = withoutServerFields(object);
  const metadata = { ...kept };
  if (metadata.annotations)
    metadata.annotations = withoutKeys(metadata.annotations, droppedAnnotations);
  if (metadata.labels) metadata.labels = withoutKeys(metadata.labels, droppedLabels);
  const clean = withoutStringData({ ...rest, metadata });
  return isCustomResourceDefinition(refOf(clean)) ? withoutBrokenBundle(clean) : clean;
}

function withoutKeys(map: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
}

function withoutBrokenBundle(definition: KubeObject): KubeObject {
  const path = ['spec', 'conversion', 'webhook', 'clientConfig'] as const;
  let client: unknown = definition;
  for (const step of path) client = isMap(client) ? client[step] : undefined;
  const bundle = isMap(client) ? client['caBundle'] : undefined;
  if (typeof bundle !== 'string' || isBundle(bundle)) return definition;
  const copy = structuredClone(definition);
  let target = copy as Record<string, unknown>;
  for (const step of path) target = target[step] as Record<string, unknown>;
  delete target['caBundle'];
  return copy;
}

/** True for base64 of PEM with at least one certificate in it, and for the empty string. */
function isBundle(base64: string): boolean {
  if (base64 === '') return true;
  const pem = Buffer.from(base64, 'base64').toString('latin1');
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

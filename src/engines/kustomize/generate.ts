import { RenderError } from '../render/render-error.ts';
import { stringifyJson } from '../../base/json.ts';
import type { ImageOverride, PatchTarget, RenderSpec } from './render-spec.ts';

/** What the engine found in the directory to build. */
export interface Inspection {
  /** Clean, relative to the root of the source; `.` is the root. */
  folder: string;
  /** Name and content of its kustomization file, if it has one. */
  file?: string;
  kustomization?: KustomizationFile;
  /** If it has none: the manifests and kustomizations below it. */
  resources?: string[];
  /** The spec's components that do not exist. */
  missing?: string[];
}

/** kustomize.config.k8s.io/v1beta1 Kustomization, as far as the spec of ours changes it. */
export interface KustomizationFile {
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  namePrefix?: string;
  nameSuffix?: string;
  resources?: string[];
  components?: string[];
  patches?: { patch?: string; path?: string; target?: PatchTarget }[];
  images?: ImageOverride[];
  buildMetadata?: string[];
  [field: string]: unknown;
}

/**
 * The kustomization file to build a directory with: its own, or one that lists what was found in
 * it, with the spec merged in. Path and JSON text, to be laid over the source.
 * Throws `remote-base` or `path-escape` for a component that is not a local, relative path.
 */
export function generateKustomization(
  inspection: Inspection,
  spec: RenderSpec,
): { path: string; text: string } {
  const { folder, file = 'kustomization.yaml' } = inspection;
  const merged = merge(startFrom(inspection), inspection, spec);
  return { path: folder === '.' ? file : `${folder}/${file}`, text: stringifyJson(merged) };
}

function startFrom({ kustomization, resources = [] }: Inspection): KustomizationFile {
  const type = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
  // kustomize refuses a file that says nothing; these say the least, and are what upstream says.
  if (kustomization === undefined) {
    return resources.length > 0 ? { ...type, resources } : { ...type, namespace: '_placeholder' };
  }
  const silent = (kustomization.resources ?? []).length === 0;
  return { ...type, ...kustomization, ...(silent && { buildMetadata: ['originAnnotations'] }) };
}

function merge(
  start: KustomizationFile,
  { missing = [] }: Inspection,
  spec: RenderSpec,
): KustomizationFile {
  const absent = spec.ignoreMissingComponents === true ? missing : [];
  const components = (spec.components ?? [])
    .map(localPath)
    .filter((path) => !absent.includes(path));
  return {
    ...start,
    ...overrides(spec),
    patches: [...(start.patches ?? []), ...(spec.patches ?? []).map(toPatch)],
    components: [...(start.components ?? []), ...components],
    images: (spec.images ?? []).reduce(mergeImage, start.images ?? []),
  };
}

/** The fields of the spec that take the place of the file's. */
function overrides(spec: RenderSpec): Partial<KustomizationFile> {
  const { targetNamespace, namePrefix, nameSuffix, buildMetadata } = spec;
  return {
    ...(targetNamespace !== undefined && { namespace: targetNamespace }),
    ...(namePrefix !== undefined && { namePrefix }),
    ...(nameSuffix !== undefined && { nameSuffix }),
    ...(buildMetadata?.length && { buildMetadata: [...buildMetadata] }),
  };
}

function toPatch({ patch, target }: { patch: string; target?: PatchTarget | undefined }): {
  patch: string;
  target?: PatchTarget;
} {
  if (target === undefined) return { patch };
  const { group, version, kind, name, namespace, labelSelector, annotationSelector } = target;
  return {
    patch,
    target: { group, version, kind, name, namespace, labelSelector, annotationSelector },
  };
}

/** Tag and digest choose the version together: setting one takes the other away. */
function mergeImage(images: ImageOverride[], override: ImageOverride): ImageOverride[] {
  const { name, newName, newTag, digest } = override;
  const version = newTag || digest ? { newTag, digest } : {};
  const own = images.find((image) => image.name === name);
  const merged = { ...own, name, ...(newName && { newName }), ...version };
  if (!own) return [...images, merged];
  return images.map((image) => (image === own ? merged : image));
}

const remote = /^(?:[a-z][a-z0-9+.-]*:\/\/|[a-z0-9]+::|gh:|github\.com[/:]|[\w.-]+@[^/]*[:/])/i;

function localPath(component: string): string {
  const what = `The component ${JSON.stringify(component.slice(0, 200))}`;
  const how = 'components are directories of the source, by relative path';
  if (remote.test(component)) throw new RenderError('remote-base', `${what} is remote; ${how}`);
  if (component.startsWith('/'))
    throw new RenderError('path-escape', `${what} is absolute; ${how}`);
  return component;
}

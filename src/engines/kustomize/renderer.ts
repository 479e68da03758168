import { createHash, createHmac } from 'node:crypto';
import { createByteLru } from '../../base/lru.ts';
import { stringifyJson } from '../../base/json.ts';
import type { RenderPool } from '../render/render-pool.ts';
import type { Decryption } from '../sops/key-service.ts';
import { buildDecrypted } from './decrypted-build.ts';
import {
  buildWithEngine,
  bytesPerJsonByte,
  type ArtifactReference,
  type Build,
} from './engine-build.ts';
import type { Inspection } from './generate.ts';
import { freezeObject, refuseEncrypted, selectObjects, withCommonMetadata } from './objects.ts';
import { substituteObjects, type BuiltObject } from './post-build.ts';
import type { RenderedObject, RenderSpec, Substitution } from './render-spec.ts';
import { createSharedBuilds } from './shared-builds.ts';

/** What to render, and for whom. */
export interface RenderRequest {
  artifact: ArtifactReference;
  /** `spec.path`: a directory of the source; its root if empty. */
  path: string;
  spec: RenderSpec;
  /** Absent without `spec.postBuild`. */
  substitution?: Substitution | undefined;
  /** With `spec.decryption`: what encrypted files are opened with. Such a render is nobody else's. */
  decryption?: Decryption | undefined;
  /** Whose turn it is used in. */
  tenant: string;
  /** Of the build, from when it has a process; the pool's by default. */
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** A rendered path. */
export interface Render {
  /** Frozen, in the order to which kustomize sorts. */
  objects: readonly RenderedObject[];
  /**
   * `sha256:<hex>` over the objects: the same objects, the same digest. Of what was decrypted it is
   * keyed with the data keys, so that the objects cannot be guessed from it.
   */
  digest: string;
  /** Values that were decrypted, which no message may repeat. */
  secrets?: readonly string[];
}

/** Turns paths of artifacts into objects. */
export interface Renderer {
  /** Throws {@link RenderError}, what `artifact.open` throws, or the signal's reason. */
  render(request: RenderRequest): Promise<Render>;
}

/** What a renderer uses. */
export interface RendererOptions {
  pool: Pick<RenderPool, 'run'>;
  /** For rendered objects, counted roughly as they lie in memory. */
  cacheBytes: number;
  /**
   * How many renders are kept at the moment, however small: those who ask, twice, is enough for all of
   * them while a new revision takes the place of the old one.
   */
  maxCached?: () => number;
}

/**
 * A renderer that does nothing twice: builds are cached by all they depend on and shared by those
 * who ask at the same time, and variables are substituted on top of a cached build, so that tenants
 * who differ only in their variables share it. Those whose builds differ share what was found in the
 * directory that all of them are built of.
 */
export function createRenderer({ pool, cacheBytes, maxCached }: RendererOptions): Renderer {
  const inspections = createByteLru<Inspection>(cacheBytes / 8, maxCached);
  const builds = createByteLru<Build>((cacheBytes * 3) / 8, maxCached);
  const renders = createByteLru<Render>(cacheBytes / 2, maxCached);
  const shared = createSharedBuilds<Build>(pool);

  async function build(request: RenderRequest, withText: boolean): Promise<[string, Build]> {
    const { artifact, path, spec, tenant, deadlineMs, signal } = request;
    const key = hash([artifact.digest, path, buildFields(spec), withText]);
    const cached = builds.get(key);
    if (cached) return [key, cached];
    const built = await shared.run({
      key,
      tenant,
      deadlineMs,
      signal,
      affinity: artifact.digest,
      work: (engine) => buildWithEngine(engine, { artifact, path, spec, withText }, inspections),
    });
    builds.set(key, built, built.bytes * bytesPerJsonByte);
    return [key, built];
  }

  async function renderDecrypted(request: RenderRequest, decryption: Decryption) {
    const { artifact, path, spec, substitution, tenant, deadlineMs, signal } = request;
    const withText = substitution !== undefined;
    const job = { tenant, deadlineMs, signal, affinity: artifact.digest };
    const build = { artifact, path, spec, withText };
    const by = { pool, inspections };
    const { objects, seal, secrets } = await buildDecrypted(by, job, build, decryption);
    const rendered = finish(objects, request);
    const json = stringifyJson(rendered);
    const digest = seal ? createHmac('sha256', seal).update(json).digest('hex') : hash(json);
    return { objects: rendered, digest: `sha256:${digest}`, secrets };
  }

  return {
    async render(request) {
      const { substitution, spec, decryption } = request;
      if (decryption) return renderDecrypted(request, decryption);
      const [buildKey, built] = await build(request, substitution !== undefined);
      const key = hash([buildKey, substitution ?? null, spec.commonMetadata ?? null]);
      const cached = renders.get(key);
      if (cached) return cached;
      const objects = finish(built.objects, request);
      const json = stringifyJson(objects);
      const rendered = { objects, digest: `sha256:${hash(json)}` };
      renders.set(key, rendered, json.length * bytesPerJsonByte);
      return rendered;
    },
  };
}

/** What is done to objects after the build. Throws when one is still encrypted. */
function finish(
  built: readonly BuiltObject[],
  { substitution, spec: { commonMetadata = {} } }: RenderRequest,
): readonly RenderedObject[] {
  const substituted = substitution
    ? substituteObjects(built, substitution)
    : built.map(({ object }) => object);
  const objects = selectObjects(substituted).map((object) =>
    freezeObject(withCommonMetadata(object, commonMetadata)),
  );
  for (const object of objects) refuseEncrypted(object);
  return Object.freeze(objects);
}

/** What of the spec a build depends on; callers may pass specs with more in them. */
function buildFields(spec: RenderSpec): RenderSpec {
  const { targetNamespace, namePrefix, nameSuffix, patches, images, components } = spec;
  const { ignoreMissingComponents, buildMetadata } = spec;
  const names = { targetNamespace, namePrefix, nameSuffix };
  return { ...names, patches, images, components, ignoreMissingComponents, buildMetadata };
}

/** SHA-256 over JSON with sorted keys, or over text as it is. */
function hash(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, sortKeys);
  return createHash('sha256').update(text).digest('hex');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

import { RenderError } from '../render/render-error.ts';
import { parseJson, stringifyJson } from '../../base/json.ts';
import type { ByteLru } from '../../base/lru.ts';
import type { EngineResponse } from '../render/engine-process.ts';
import type { EngineSession } from '../render/render-pool.ts';
import type { WrappedKey } from '../sops/key-service.ts';
import { generateKustomization, type Inspection } from './generate.ts';
import { toRenderedObject } from './objects.ts';
import type { BuiltObject } from './post-build.ts';
import type { RenderSpec } from './render-spec.ts';

/** A source by its digest. Its bytes are only asked for when an engine does not have them. */
export interface ArtifactReference {
  /** `sha256:<hex>` of the tar.gz; the engine checks it. */
  digest: string;
  open(): Promise<Uint8Array | AsyncIterable<Uint8Array>>;
}

/** What to build. */
export interface BuildRequest {
  artifact: ArtifactReference;
  /** Directory of the source. */
  path: string;
  spec: RenderSpec;
  /** Whether the objects' text is needed, for substitution. */
  withText: boolean;
  /** What encrypted files and objects are opened with; absent: they stay as they are. */
  decryption?: EngineDecryption;
}

/** Keys for the time of one build. */
export interface EngineDecryption {
  /** Texts with age identities. */
  age: readonly string[];
  /** PGP private keys. */
  pgp: readonly string[];
  /** What key services made of the keys they were asked for, by id, in base64; null if they refused. */
  unwrapped: Readonly<Record<string, string | null>>;
}

/** What was built, and how many bytes of JSON and text it is. */
export interface Build {
  objects: BuiltObject[];
  bytes: number;
}

/** A build with what it decrypted. */
export interface DecryptedBuild extends Build {
  /** Known only to who has the keys of what was decrypted; empty if nothing was. */
  seal: string;
  /** The decrypted values. */
  secrets: string[];
}

/** As many parts of a data key as are missing: one key of each of so many groups has to be unwrapped. */
export interface WantedPart {
  missing: number;
  groups: WrappedKey[][];
}

/** What was found in directories, by what it depends on. */
export type Inspections = Pick<ByteLru<Inspection>, 'get' | 'set'>;

/** Objects take several times the room of their JSON. */
export const bytesPerJsonByte = 4;

/** A compressed artifact that is larger is not sent to an engine. */
const maxArtifactBytes = 120 << 20;

/**
 * Builds a path of an artifact with `engine`. A directory that builds of others were made of is not
 * inspected again, which takes as long as a build. Throws {@link RenderError}, or what `open` throws.
 */
export async function buildWithEngine(
  engine: EngineSession,
  request: BuildRequest,
  inspections: Inspections,
): Promise<Build> {
  const inspection = await inspect(engine, request, inspections);
  return readBuild((await askForBuild(engine, request, inspection)).attachments);
}

/** The same with encrypted files and objects opened; or what key services have to unwrap before. */
export async function decryptWithEngine(
  engine: EngineSession,
  request: BuildRequest & { decryption: EngineDecryption },
  inspections: Inspections,
): Promise<DecryptedBuild | { wanted: WantedPart[] }> {
  const inspection = await inspect(engine, request, inspections);
  const { result, attachments } = await askForBuild(engine, request, inspection);
  const { wanted, seal = '' } = result as { wanted?: WantedPart[]; seal?: string };
  if (wanted) return { wanted };
  const secrets = readArray(attachments.pop()) as string[];
  return { ...readBuild(attachments), seal, secrets };
}

/** What a directory holds is the same whoever asks: nothing is decrypted for it. */
async function inspect(
  engine: EngineSession,
  request: BuildRequest,
  inspections: Inspections,
): Promise<Inspection> {
  const exists = request.spec.components ?? [];
  const key = JSON.stringify([request.artifact.digest, request.path, exists]);
  const known = inspections.get(key);
  if (known) return known;
  const { result } = await askAbout(engine, request, 'inspect', { exists });
  // What the engine says, in the shape it says it in.
  const inspection = result as Inspection;
  inspections.set(key, inspection, stringifyJson(inspection).length * bytesPerJsonByte);
  return inspection;
}

function askForBuild(
  engine: EngineSession,
  request: BuildRequest,
  inspection: Inspection,
): Promise<EngineResponse> {
  const { spec, withText, decryption } = request;
  const generated = generateKustomization(inspection, spec);
  const overlay = { [generated.path]: generated.text };
  const asked = { overlay, yaml: withText, ...(decryption && { decryption }) };
  return askAbout(engine, request, 'build', asked);
}

function askAbout(
  engine: EngineSession,
  { artifact, path }: BuildRequest,
  op: string,
  asked: Record<string, unknown>,
): Promise<EngineResponse> {
  const params = { artifact: artifact.digest, path, ...asked };
  return withArtifact(engine, artifact, () => engine.request({ op, params }));
}

/** Loads the artifact when the engine says it does not know it, and asks again. */
async function withArtifact<Response>(
  engine: EngineSession,
  { digest, open }: ArtifactReference,
  ask: () => Promise<Response>,
): Promise<Response> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof RenderError) || error.code !== 'unknown-artifact') throw error;
  }
  const bytes = await collect(await open());
  await engine.request({ op: 'load', params: { digest }, attachments: [bytes] });
  return ask();
}

async function collect(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    length += chunk.length;
    if (length > maxArtifactBytes) {
      const limit = `${maxArtifactBytes >> 20} MiB`;
      throw new RenderError(
        'bad-artifact',
        `The artifact has more than ${limit}; ignore some of it`,
      );
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
}

function readBuild([objects, texts]: readonly Uint8Array[]): Build {
  const values = readArray(objects);
  const lines = texts === undefined ? [] : readArray(texts);
  return {
    objects: values.map((value, index) => {
      const text = lines[index];
      const object = toRenderedObject(value, 'kustomize');
      return typeof text === 'string' ? { object, text } : { object };
    }),
    bytes: (objects?.length ?? 0) + (texts?.length ?? 0),
  };
}

function readArray(bytes: Uint8Array = new Uint8Array()): unknown[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  try {
    return parseJson(text) as unknown[];
  } catch (cause) {
    // The engine writes JSON; what may fail is only its depth.
    throw new RenderError('build-failed', 'An object nests too deep', { cause });
  }
}

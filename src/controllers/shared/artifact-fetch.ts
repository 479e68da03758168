import { Reason } from '../../api/reasons.ts';
import { ReconcileError, retryable, waiting } from '../../base/errors.ts';
import { ArtifactError } from '../../engines/artifacts/artifact-error.ts';
import { parseArtifactPath } from '../../engines/artifacts/artifact-path.ts';
import type { ArtifactStore } from '../../engines/artifacts/artifact-store.ts';
import { formatDigest, parseDigest, startDigest } from '../../engines/artifacts/digest.ts';
import type { ConsumerTokens } from './consumer-token.ts';
import { createFetchPace } from './fetch-pace.ts';
import type { ResolvedSource } from './source.ts';

/** Who reads: the namespace of the consuming object, and the account it acts as if it names one. */
export interface ArtifactConsumer {
  namespace: string;
  serviceAccountName?: string | undefined;
}

/**
 * The bytes of a source's artifact, checked against its digest. Takes what resolveSource returned,
 * so access was decided before, in this process too, whichever shape it runs in.
 */
export interface ArtifactReader {
  /** Throws `waiting` or `retryable` ArtifactFailed. */
  read(
    source: Pick<ResolvedSource, 'type' | 'key' | 'artifact'>,
    consumer: ArtifactConsumer,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
}

/** How soon an artifact that is not served yet, or not any more, is asked for again. */
const absentMs = 30_000;

/** Source and consumer in one process: from the store's disk, without the network. */
export function createLocalArtifactReader(
  store: Pick<ArtifactStore, 'read'>,
  maxBytes: number,
): ArtifactReader {
  return {
    async read(source) {
      const { digest } = source.artifact;
      try {
        return await store.read({ path: ownPath(source), digest }, maxBytes);
      } catch (error) {
        throw error instanceof ArtifactError ? unreadable(error) : error;
      }
    },
  };
}

/**
 * Source and consumer apart: over HTTP, with a token of the consumer's account. The host is the one
 * this process was configured with and the path follows from the source's name; nothing an object
 * says can send the request, or the token in it, anywhere else.
 */
export function createRemoteArtifactReader(options: {
  /** `host[:port]` of the artifact server. */
  address: string;
  tokens: ConsumerTokens;
  maxBytes: number;
  /** `--http-retry`: tries in quick succession while the server is out of reach. */
  retries?: number;
}): ArtifactReader {
  const { address, tokens, maxBytes, retries = 9 } = options;
  const pace = createFetchPace(retries);
  return {
    async read(source, consumer, signal) {
      const account = {
        namespace: consumer.namespace,
        // Every namespace has it, and only its namespace counts here.
        name: consumer.serviceAccountName || 'default',
      };
      const path = ownPath(source);
      const id = `${consumer.namespace} ${path}`;
      const onFailure = () => pace.failed(id);
      const token = await tokens.tokenFor(account, signal);
      const url = `http://${address}/${path}`;
      const answer = await download(url, token, { signal, maxBytes, onFailure });
      if (answer.status === 401) tokens.forget(account);
      if (!answer.bytes) throw notServed(answer.status, onFailure);
      pace.succeeded(id);
      if (!isIntact(answer.bytes, source.artifact.digest)) throw damaged();
      return answer.bytes;
    },
  };
}

/** The artifact's path, once it is sure to be one of this very source. */
function ownPath({ type, key, artifact }: Pick<ResolvedSource, 'type' | 'key' | 'artifact'>) {
  const found = parseArtifactPath(artifact.path);
  const isOwn =
    found?.kind === type.kind.toLowerCase() &&
    found.namespace === key.namespace &&
    found.name === key.name;
  if (isOwn) return artifact.path;
  throw retryable(
    Reason.ArtifactFailed,
    `the artifact of ${type.kind} '${key.namespace}/${key.name}' is not one it published: have it reconciled`,
  );
}

async function download(
  url: string,
  token: string,
  options: { signal: AbortSignal; maxBytes: number; onFailure: OnFailure },
): Promise<{ status: number; bytes?: Buffer }> {
  const { signal, maxBytes, onFailure } = options;
  try {
    const headers = { authorization: `Bearer ${token}` };
    // A redirect would carry the request to where somebody else says.
    const response = await fetch(url, { headers, redirect: 'error', signal });
    if (response.status === 200) return { status: 200, bytes: await collect(response, maxBytes) };
    await response.body?.cancel();
    return { status: response.status };
  } catch (error) {
    if (signal.aborted || error instanceof ReconcileError) throw error;
    const message = 'the artifact server cannot be reached, or broke off: will be tried again';
    throw retryable(Reason.ArtifactFailed, message, { cause: error, ...after(onFailure()) });
  }
}

/** Counts the failure; when to try again, if soon. */
type OnFailure = () => number | undefined;

const after = (afterMs: number | undefined) => (afterMs === undefined ? {} : { afterMs });

async function collect(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isIntact(bytes: Buffer, digest: string): boolean {
  const parsed = parseDigest(digest);
  return (
    parsed !== undefined &&
    formatDigest(parsed.algorithm, startDigest(parsed.algorithm).update(bytes)) === digest
  );
}

function unreadable(error: ArtifactError): Error {
  const { code, message } = error;
  const options = { cause: error, afterMs: absentMs };
  // The source notices at its next run, which its own watch of the file does not wait for.
  if (code === 'not-found' || code === 'damaged') {
    return waiting(Reason.ArtifactFailed, `${message}: the source has to store it anew`, options);
  }
  return retryable(Reason.ArtifactFailed, message, { cause: error });
}

function notServed(status: number, onFailure: OnFailure): Error {
  const message = `the artifact server does not offer the artifact (HTTP ${status})`;
  if (status >= 500) return retryable(Reason.ArtifactFailed, message, after(onFailure()));
  return waiting(Reason.ArtifactFailed, message, { afterMs: absentMs });
}

const damaged = () =>
  retryable(Reason.ArtifactFailed, 'the artifact is not what its digest says: will be read again');

const tooLarge = (maxBytes: number) =>
  retryable(
    Reason.ArtifactFailed,
    `the artifact has more than ${maxBytes} bytes: leave some of it out with the source's spec.ignore`,
  );

import { messageOf } from '../../base/errors.ts';
import { RenderError } from '../render/render-error.ts';
import type { JobOptions, RenderPool } from '../render/render-pool.ts';
import { KeyServiceError, type Decryption, type WrappedKey } from '../sops/key-service.ts';
import {
  decryptWithEngine,
  type BuildRequest,
  type DecryptedBuild,
  type Inspections,
  type WantedPart,
} from './engine-build.ts';

/** Files are opened before objects, and each may ask once for keys and once more for what is left. */
const maxRounds = 5;
const maxKeys = 1_000;
const concurrentKeys = 8;
const maxReasons = 3;

type Unwrapped = Map<string, string | null>;

/**
 * Builds with encrypted files and objects opened. No engine waits for the network: it says which
 * keys it needs, and the build is done again once their services were asked. Nothing but what is in the
 * directory is shared with other callers or kept. Throws {@link RenderError}.
 */
export async function buildDecrypted(
  { pool, inspections }: { pool: Pick<RenderPool, 'run'>; inspections: Inspections },
  job: JobOptions,
  request: BuildRequest,
  decryption: Decryption,
): Promise<DecryptedBuild> {
  const { age, pgp } = decryption;
  const unwrapped: Unwrapped = new Map();
  const reasons = new Set<string>();
  const signal = job.signal ?? new AbortController().signal;
  for (let round = 0; round < maxRounds; round += 1) {
    const keys = { age, pgp, unwrapped: Object.fromEntries(unwrapped) };
    const built = await pool
      .run(job, (engine) =>
        decryptWithEngine(engine, { ...request, decryption: keys }, inspections),
      )
      .catch((error: unknown) => {
        throw withReasons(error, reasons);
      });
    if (!('wanted' in built)) return built;
    await unwrapAll(built.wanted, unwrapped, async (key) => {
      try {
        return await decryption.unwrap(key, signal);
      } catch (error) {
        if (!(error instanceof KeyServiceError)) throw error;
        reasons.add(error.message);
        return undefined;
      }
    });
  }
  throw withReasons(new RenderError('key-unavailable', 'The keys did not help'), reasons);
}

/** What is not unwrapped because its service said no is null; nothing is asked for twice. */
async function unwrapAll(
  wanted: readonly WantedPart[],
  unwrapped: Unwrapped,
  unwrap: (key: WrappedKey) => Promise<Uint8Array | undefined>,
): Promise<void> {
  const asked = new Map<string, Promise<boolean>>();
  async function ask(key: WrappedKey): Promise<boolean> {
    if (unwrapped.size >= maxKeys) {
      const message = `More than ${maxKeys} keys of key services are needed: split the path`;
      throw new RenderError('result-too-large', message);
    }
    unwrapped.set(key.id, null);
    const part = await unwrap(key);
    if (!part) return false;
    unwrapped.set(key.id, Buffer.from(part).toString('base64'));
    return true;
  }
  async function satisfy({ missing, groups }: WantedPart): Promise<void> {
    let left = missing;
    for (const group of groups) {
      if (left === 0) return;
      for (const key of group) {
        const answer = asked.get(key.id) ?? ask(key);
        asked.set(key.id, answer);
        if (await answer) {
          left -= 1;
          break;
        }
      }
    }
  }
  const queue = [...wanted];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await satisfy(next);
  };
  await Promise.all(Array.from({ length: concurrentKeys }, work));
}

/** The engine knows only that no key fits; why a service gave none is the better half. */
function withReasons(error: unknown, reasons: ReadonlySet<string>): unknown {
  if (!(error instanceof RenderError) || error.code !== 'key-unavailable') return error;
  if (reasons.size === 0) return error;
  const told = [...reasons].slice(0, maxReasons).join('; ');
  return new RenderError(error.code, `${messageOf(error)}: ${told}`);
}

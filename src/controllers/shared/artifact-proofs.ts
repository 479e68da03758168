import { referenceId } from '../../kube/object.ts';
import type { ResolvedSource } from './source.ts';

/** Pairs of source and digest that are remembered; forgetting one costs one more read. */
const maxProofs = 2000;

type Claim = Pick<ResolvedSource, 'type' | 'key' | 'artifact'>;

/**
 * Makes sure, once per source and digest, that the source really stores what its status says, by
 * reading it. Renders are cached by digest alone and shared by all tenants: without this, whoever
 * may write the status of a source of their own could name a neighbour's digest and be handed what
 * was rendered from it.
 */
export function createArtifactProofs<Request extends { source: Claim }>(
  read: (request: Request) => Promise<unknown>,
) {
  const proofs = new Map<string, Promise<void>>();

  /** Resolves when it is proven; rejects with what reading came to. */
  return async function prove(request: Request): Promise<void> {
    const { type, key, artifact } = request.source;
    const id = JSON.stringify([referenceId(type, key), artifact.digest]);
    const known = proofs.get(id);
    // Somebody else's attempt may be aborted with their run: ours is then our own.
    if (
      known &&
      (await known.then(
        () => true,
        () => false,
      ))
    )
      return;
    // Of what was read nothing is kept: artifacts are large, and proofs stay for long.
    const proof = read(request).then(() => {});
    proofs.set(id, proof);
    const [oldest] = proofs.keys();
    if (proofs.size > maxProofs && oldest !== undefined) proofs.delete(oldest);
    try {
      await proof;
    } catch (error) {
      if (proofs.get(id) === proof) proofs.delete(id);
      throw error;
    }
  };
}

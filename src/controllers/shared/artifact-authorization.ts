import type { ArtifactOwner } from '../../engines/artifacts/artifact-path.ts';
import type { AuthorizeArtifact } from '../../engines/artifacts/artifact-server.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { decideFromCaches, type SourceAccess } from './source-access.ts';
import type { TokenReviewer } from './token-review.ts';

/**
 * May the bearer of a token read a source's artifacts? The token names the caller's namespace, and
 * the same decision as for a reference is made for it, from what the watches last saw: a grant
 * that was taken back closes the artifact at once. Everything unknown is a no.
 */
export function createArtifactAuthorizer(
  tokens: TokenReviewer,
  access: SourceAccess,
): AuthorizeArtifact {
  const kinds = new Map(access.kinds.map((type) => [type.kind.toLowerCase(), type]));

  return async function authorize(
    token: string | undefined,
    owner: ArtifactOwner,
  ): Promise<boolean> {
    const type = kinds.get(owner.kind);
    if (!token || !type) return false;
    const caller = await tokens.serviceAccountOf(token);
    if (!caller) return false;
    const { caches } = access;
    if (!caches.for(type).isSynced || !caches.for(namespaceType).isSynced) return false;
    const key = { namespace: owner.namespace, name: owner.name };
    const { decision, isCurrent } = decideFromCaches(access, caller, { type, key });
    return decision.allowed && isCurrent;
  };
}

import { capsuleKinds } from './capsule/kinds.ts';
import type { Kind } from './define-kind.ts';
import { Kustomization } from './kustomize/kustomization.ts';
import { GitRepository } from './source/git-repository.ts';

/** The kinds that deploy by Git; their rights and CLI names are made from this list. */
export const kinds: readonly Kind<unknown, unknown>[] = [GitRepository, Kustomization];

/** Every declared kind; CRDs and reference pages are made from this list. */
export const allKinds: readonly Kind<unknown, unknown>[] = [...kinds, ...capsuleKinds];

/** The kinds whose `spec.accessFrom` shares them with other namespaces. */
export const grantingKinds: readonly Kind<unknown, unknown>[] = kinds.filter(
  ({ group }) => group === GitRepository.group,
);

/** The kind a person means by its plural, singular, short or proper name, in any case. */
export function findKind(
  name: string,
  among: readonly Kind<unknown, unknown>[] = kinds,
): Kind<unknown, unknown> | undefined {
  const wanted = name.toLowerCase();
  return among.find(({ kind, plural, singular, shortNames }) =>
    [kind.toLowerCase(), plural, singular, ...shortNames].includes(wanted),
  );
}

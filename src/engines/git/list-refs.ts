import { GitError } from './git-error.ts';
import type { RemoteSession } from './remote-session.ts';

/** Full ref name to commit: annotated tags are peeled. */
export type RemoteRefs = ReadonlyMap<string, string>;

const maxOutputBytes = 64 * 1024 * 1024;

/**
 * One `ls-remote`. The namespace of `ref` limits what the server sends (protocol v2 ref-prefix);
 * Git itself drops the rest. Without `ref`, all of `namespace`.
 */
export async function listRefs(
  session: RemoteSession,
  scope: { ref?: string; namespace?: 'heads' | 'tags' },
  signal: AbortSignal,
): Promise<RemoteRefs> {
  const namespace = scope.namespace ?? namespaceOf(scope.ref ?? '');
  const patterns = scope.ref === undefined ? [] : [scope.ref, `${scope.ref}^{}`];
  const output = await session.run({
    args: ['ls-remote', '--quiet', ...(namespace ? [`--${namespace}`] : []), 'origin', ...patterns],
    maxOutputBytes,
    signal,
  });
  return parseRefs(output.toString());
}

function namespaceOf(ref: string): 'heads' | 'tags' | undefined {
  if (ref.startsWith('refs/heads/')) return 'heads';
  return ref.startsWith('refs/tags/') ? 'tags' : undefined;
}

/** `<hash>\t<ref>` lines; `<ref>^{}` is what an annotated tag points at. */
export function parseRefs(text: string): RemoteRefs {
  const refs = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, hash = '', ref = ''] = /^([0-9a-f]+)\t(.+)$/.exec(line) ?? [];
    if (ref === '') continue;
    if (hash.length !== 40) {
      throw new GitError('unsupported', 'repositories with SHA-256 objects are not supported');
    }
    const peeled = ref.endsWith('^{}');
    const name = peeled ? ref.slice(0, -3) : ref;
    // The peeled line follows its tag.
    if (peeled || !refs.has(name)) refs.set(name, hash);
  }
  return refs;
}

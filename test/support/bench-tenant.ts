import { freshName } from './cluster.ts';
import { gitRepository, kustomization, tenantObjects } from './estate-objects.ts';
import type { Estate } from './estate.ts';
import type { GitServer } from './git-server.ts';
import type { Expected, WithStatus } from './settled.ts';

/**
 * A tenant of its own for one test: a namespace with its account, a repository, and in the
 * namespace a GitRepository `app` that looks every second and a Kustomization `app` of its root.
 */
export interface BenchTenant {
  namespace: string;
  key: { namespace: string; name: string };
  /** Of its repository on the Git server. */
  url: string;
  /** Commits; nobody is told. */
  push(write: Record<string, string>, remove?: string[]): Promise<void>;
  /** Applies the GitRepository; `spec` adds and overrides. */
  source(spec?: Record<string, unknown>): Promise<void>;
  /** Applies the Kustomization; `spec` adds and overrides. */
  app(spec?: Record<string, unknown>): Promise<void>;
  sourceIs(expected: Expected): Promise<WithStatus>;
  appIs(expected: Expected): Promise<WithStatus>;
}

export async function benchTenant(
  estate: Estate,
  files: Record<string, string>,
  git: GitServer = estate.git,
): Promise<BenchTenant> {
  const namespace = freshName('bench');
  const key = { namespace, name: 'app' };
  await git.createRepo(namespace, files);
  await estate.apply(...tenantObjects(namespace));
  const url = git.url(namespace);
  return {
    namespace,
    key,
    url,
    async push(write, remove = []) {
      await git.commit(namespace, { write, remove });
    },
    source: (spec) => estate.apply(gitRepository(key, { url, interval: '1s', ...spec })),
    app: (spec) =>
      estate.apply(
        kustomization(key, {
          path: './',
          sourceRef: { kind: 'GitRepository', name: 'app' },
          ...spec,
        }),
      ),
    sourceIs: (expected) => estate.settled('GitRepository', key, expected),
    appIs: (expected) => estate.settled('Kustomization', key, expected),
  };
}

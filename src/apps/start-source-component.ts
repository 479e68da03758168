import path from 'node:path';
import type { AccessPolicy } from '../access/security-profile.ts';
import { GitRepository } from '../api/source/git-repository.ts';
import { gitRepositoryController } from '../controllers/git-repository/controller.ts';
import { artifactAudience } from '../controllers/shared/artifact-audience.ts';
import { createArtifactAuthorizer } from '../controllers/shared/artifact-authorization.ts';
import {
  createLocalArtifactReader,
  type ArtifactReader,
} from '../controllers/shared/artifact-fetch.ts';
import { namespaceType } from '../kube/core-resources.ts';
import { createTokenReviewer } from '../controllers/shared/token-review.ts';
import {
  startArtifactServer,
  type ArtifactServer,
  type AuthorizeArtifact,
} from '../engines/artifacts/artifact-server.ts';
import { createArtifactStore, type ArtifactStore } from '../engines/artifacts/artifact-store.ts';
import type { Retention } from '../engines/artifacts/collect-garbage.ts';
import type { DigestAlgorithm } from '../engines/artifacts/digest.ts';
import { createGit, type GitLimits } from '../engines/git/git.ts';
import type { OwnClient } from '../kube/client.ts';
import { startController, type RunningController } from '../runtime/run-controller.ts';
import type { Runtime } from '../runtime/runtime.ts';

export interface SourceComponentOptions {
  runtime: Runtime;
  /** The control plane's own client. */
  client: OwnClient;
  policy: AccessPolicy;
  /** `--storage-path`: artifacts below `artifacts`, Git mirrors below `git`. */
  storagePath: string;
  /** `--storage-addr`; undefined serves nothing, for a process that consumes what it stores. */
  listen: { host: string | undefined; port: number } | undefined;
  /** `--storage-adv-addr`; empty: where the server turned out to listen. */
  advertisedAddress: string;
  /** `--artifact-authorization`. */
  artifactAuthorization: boolean;
  /** `--artifact-digest-algo` */
  digestAlgorithm?: DigestAlgorithm;
  /** `--artifact-retention-ttl` and `--artifact-retention-records`. */
  retention?: Retention;
  /** `--ssh-kex-algos` and `--ssh-hostkey-algos`; ssh's own without. */
  sshKexAlgorithms?: readonly string[];
  sshHostKeyAlgorithms?: readonly string[];
  /** `--allow-loopback-sources` */
  allowLoopback?: boolean;
  gitLimits?: Partial<GitLimits>;
  /** The largest artifact that is stored or read, in bytes. */
  maxArtifactBytes?: number;
  /** `--concurrent`. */
  workers?: number;
}

/** Sources at work, and what they offer to consumers in the same process. */
export interface SourceComponent {
  readonly controller: RunningController;
  readonly store: ArtifactStore;
  /** Reads artifacts from the disk, without the network. */
  readonly artifacts: ArtifactReader;
  /** `host:port` of the artifact server; undefined without one. */
  readonly address: string | undefined;
  /** Resolves after shutdown: the last run has ended, the server is closed. */
  readonly done: Promise<void>;
}

/** Starts reconciling sources and serving their artifacts, until the runtime's signal aborts. */
export async function startSourceComponent(
  options: SourceComponentOptions,
): Promise<SourceComponent> {
  const { runtime, client, storagePath, workers } = options;
  const opened = Promise.withResolvers<ArtifactStore>();
  // Without a server nobody waits for the store but us.
  opened.promise.catch(() => {});
  const server = await startServer(opened.promise, options);
  try {
    const store = await openStore(options, server?.address);
    opened.resolve(store);
    const artifacts = createLocalArtifactReader(store, maxBytesOf(options));
    const git = createGit({
      root: path.join(storagePath, 'git'),
      log: runtime.log,
      clock: runtime.clock,
      allowLoopback: options.allowLoopback ?? false,
      proxyEnvironment: process.env,
      limits: options.gitLimits ?? {},
      sshKexAlgorithms: options.sshKexAlgorithms ?? [],
      sshHostKeyAlgorithms: options.sshHostKeyAlgorithms ?? [],
    });
    const deps = { client, caches: runtime.caches, git, store, artifacts };
    const limits = workers === undefined ? {} : { workers };
    const controller = startController(gitRepositoryController, deps, runtime, limits);
    const done = outlasting(controller.done, server);
    return { controller, store, artifacts, address: server?.address, done };
  } catch (error) {
    opened.reject(error);
    await server?.close();
    throw error;
  }
}

/** Consumers may read until the last run has ended. */
async function outlasting(runs: Promise<void>, server: ArtifactServer | undefined): Promise<void> {
  try {
    await runs;
  } finally {
    await server?.close();
  }
}

function openStore(
  options: SourceComponentOptions,
  address: string | undefined,
): Promise<ArtifactStore> {
  return createArtifactStore({
    root: path.join(options.storagePath, 'artifacts'),
    advertisedAddress: options.advertisedAddress || (address ?? 'localhost'),
    digestAlgorithm: options.digestAlgorithm ?? 'sha256',
    retention: options.retention ?? { ttlMs: 60_000, records: 2 },
    clock: options.runtime.clock,
    maxBytes: maxBytesOf(options),
  });
}

const maxBytesOf = ({ maxArtifactBytes = 256 * 1024 * 1024 }: SourceComponentOptions) =>
  maxArtifactBytes;

/** Listens before the store is open, because artifact URLs name where it listens. */
async function startServer(
  store: Promise<ArtifactStore>,
  options: SourceComponentOptions,
): Promise<ArtifactServer | undefined> {
  if (!options.listen) return undefined;
  const open: ArtifactStore['open'] = async (artifact) => (await store).open(artifact);
  const authorize = authorizerFor(options);
  return startArtifactServer(
    { store: { open }, authorize, log: options.runtime.log },
    options.listen,
  );
}

function authorizerFor({
  artifactAuthorization,
  client,
  policy,
  runtime: { caches, clock, log },
}: SourceComponentOptions): AuthorizeArtifact | undefined {
  if (!artifactAuthorization) return undefined;
  // Starts the watch, so that the first request finds what it is decided from.
  caches.for(namespaceType);
  const tokens = createTokenReviewer({ client, audience: artifactAudience, clock, log });
  return createArtifactAuthorizer(tokens, { caches, policy, kinds: [GitRepository.type] });
}

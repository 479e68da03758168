import path from 'node:path';
import type { AccessPolicy } from '../../access/security-profile.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import { silentLog } from '../../base/log.ts';
import type { Cluster } from '../../cli/cluster/connect.ts';
import { textOption } from '../../cli/cluster/options.ts';
import { UsageError, type OptionValues } from '../../cli/command.ts';
import { readVariables } from '../../controllers/kustomization/build/variables.ts';
import type { Build, RenderBuild } from '../../controllers/kustomization/build/build-request.ts';
import { renderBuild } from '../../controllers/kustomization/build/render.ts';
import type { Preparation, ReconciledKustomization } from '../../controllers/kustomization/work.ts';
import type { ResolvedSource } from '../../controllers/shared/source.ts';
import { createCel } from '../../engines/cel/cel.ts';
import { createRenderer } from '../../engines/kustomize/renderer.ts';
import { progressLines } from '../../engines/native/build-progress.ts';
import { buildNative } from '../../engines/native/build-native.ts';
import { createRenderPool, type RenderPool } from '../../engines/render/render-pool.ts';
import { actingAs, type Acting } from './acting-as.ts';
import { readLocalSource, type LocalSource } from './local-source.ts';
import { preparationFor } from './preparation.ts';

/** A build of a directory, and what it was made with. */
export interface LocalBuild {
  build: Build;
  acting: Acting;
  preparation: Preparation;
}

const maxMemoryBytes = 1 << 30;
const deadlineMs = 60_000;
const cacheBytes = 64 << 20;

/** Builds a directory in the place of the source, with the steps of the controller itself. */
export async function buildLocally(request: {
  object: ReconciledKustomization;
  cluster: Cluster;
  policy: AccessPolicy;
  options: OptionValues;
  progress(line: string): void;
}): Promise<LocalBuild> {
  const { object, cluster, policy, options, progress } = request;
  const { signal } = cluster;
  const directory = textOption(options, 'path');
  if (directory === undefined) throw new UsageError('name the directory with --path');
  const { namespace = '' } = object.metadata;
  const { serviceAccountName, path: specPath = './' } = object.spec;
  const acting = await actingAs(cluster, { namespace, serviceAccountName }, { policy, options });
  const root = textOption(options, 'root');
  const local = await readLocalSource({ directory, root, specPath, signal });
  await using engines = new AsyncDisposableStack();
  const pool = await startEngine({ engines, policy, options, progress, signal });
  const render = renderLocal(local, pool);
  const cel = createCel(pool);
  const { actor } = acting;
  const preparation = preparationFor({ object, cluster, actor, policy, render, cel });
  progress(`► building ${directory}`);
  const variables = await readVariables(preparation);
  const build = await renderBuild(standIn(object, local), variables, preparation);
  return { build, acting, preparation };
}

async function startEngine(request: {
  engines: AsyncDisposableStack;
  policy: AccessPolicy;
  options: OptionValues;
  progress(line: string): void;
  signal: AbortSignal;
}): Promise<RenderPool> {
  const { engines, policy, options, progress, signal } = request;
  const binary =
    textOption(options, 'enginePath') ??
    (await buildNative('engine', { onProgress: progressLines(progress), signal }));
  const pool = createRenderPool({
    binary: path.resolve(binary),
    size: 1,
    maxMemoryBytes,
    deadlineMs,
    allowRemote: !policy.noRemoteBases,
    log: silentLog,
  });
  engines.defer(() => pool.close());
  return pool;
}

function renderLocal({ artifact, path: localPath }: LocalSource, pool: RenderPool): RenderBuild {
  const renderer = createRenderer({ pool, cacheBytes });
  return ({ source: _source, path: _path, ...rest }) =>
    renderer.render({ ...rest, artifact, path: localPath });
}

/** What the controller would have resolved; its content is the directory's. */
function standIn({ spec, metadata }: ReconciledKustomization, local: LocalSource): ResolvedSource {
  const { namespace = '' } = metadata;
  const key = { namespace: spec.sourceRef.namespace || namespace, name: spec.sourceRef.name };
  const { digest } = local.artifact;
  const artifact = { digest, lastUpdateTime: '', path: '', revision: 'local', url: '' };
  const { apiVersion, kind } = { apiVersion: '', kind: spec.sourceRef.kind };
  const source = { apiVersion, kind, metadata: key };
  return { type: GitRepository.type, key, source, artifact };
}

import { createHash } from 'node:crypto';
import type { Artifact } from '../../../api/artifact.ts';
import { originRevisionAnnotation } from '../../../api/annotations.ts';
import { Reason } from '../../../api/reasons.ts';
import { stringifyJson } from '../../../base/json.ts';
import { retryable, type ReconcileError } from '../../../base/errors.ts';
import { RenderError, type RenderErrorCode } from '../../../engines/render/render-error.ts';
import type { ResolvedSource } from '../../shared/source.ts';
import type { Preparation } from '../work.ts';
import { readDecryption } from './decryption.ts';
import type { BuildRequest, Build } from './build-request.ts';

/** Which reason a failed build has; what is not here is our own doing and passes. */
const reasons: Partial<Record<RenderErrorCode, Reason>> = {
  'path-not-found': Reason.ArtifactFailed,
  'path-escape': Reason.BuildFailed,
  'remote-base': Reason.BuildFailed,
  'build-failed': Reason.BuildFailed,
  'substitution-failed': Reason.BuildFailed,
  'bad-artifact': Reason.ArtifactFailed,
  'result-too-large': Reason.BuildFailed,
  'decryption-failed': Reason.BuildFailed,
  'not-decrypted': Reason.BuildFailed,
  'bad-key': Reason.BuildFailed,
  'key-unavailable': Reason.BuildFailed,
  'deadline-exceeded': Reason.BuildFailed,
  'memory-exceeded': Reason.BuildFailed,
};
const passingMs = 10_000;

/** Builds what the Kustomization asks for. Fails before anything is written. */
export async function renderBuild(
  source: ResolvedSource,
  variables: Record<string, string>,
  work: Preparation,
): Promise<Build> {
  const { spec, me, deps, run } = work;
  const { postBuild } = spec;
  const decryption = await readDecryption(work);
  const substitution = postBuild && {
    variables,
    strict: deps.gates.StrictPostBuildSubstitutions,
    strategy: postBuild.substituteStrategy,
  };
  try {
    const tenant = me.namespace;
    const { signal } = run;
    const path = spec.path ?? './';
    const asked = { source, path, spec, substitution, decryption, tenant, signal };
    const build = await deps.render(asked);
    for (const value of build.secrets ?? []) work.secrets.add(value);
    return { ...build, digest: digestOf(build, asked, work) };
  } catch (error) {
    throw error instanceof RenderError && !run.signal.aborted ? told(error) : error;
  }
}

/**
 * Of the build; or, when values of Secrets went into it, of all that it is made from, with the
 * versions of the Secrets instead of their values: who reads the status could guess short ones.
 */
function digestOf(
  build: Build,
  { source, path, spec, substitution }: BuildRequest,
  work: Preparation,
) {
  if (work.secretVersions.size === 0) return build.digest;
  const open = Object.entries(substitution?.variables ?? {}).filter(
    ([, value]) => !work.secrets.has(value),
  );
  const made = [source.artifact.digest, path, spec, open, [...work.secretVersions]];
  return `sha256:${createHash('sha256').update(stringifyJson(made)).digest('hex')}`;
}

function told(error: RenderError): ReconcileError {
  const reason = reasons[error.code];
  const hint =
    error.code === 'path-not-found'
      ? ': correct spec.path, or add the directory to the source'
      : '';
  if (reason) return retryable(reason, `${error.message}${hint}`, { cause: error });
  const message = 'the build was interrupted: will be tried again';
  return retryable(Reason.BuildFailed, message, { cause: error, afterMs: passingMs });
}

/** The revision of an artifact, and the one at its origin if the artifact says so. */
export function revisionsOf({ revision, metadata }: Artifact) {
  const originRevision = metadata?.[originRevisionAnnotation];
  return originRevision ? { revision, originRevision } : { revision };
}

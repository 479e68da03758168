import type { KubeObject } from '../../../kube/object.ts';
import type { Decryption } from '../../../engines/sops/key-service.ts';
import type { RenderSpec, Substitution } from '../../../engines/kustomize/render-spec.ts';
import type { ResolvedSource } from '../../shared/source.ts';

/** What is to be built: a path of an artifact the tenant may read. */
export interface BuildRequest {
  source: ResolvedSource;
  /** Relative to the artifact's root. */
  path: string;
  spec: RenderSpec;
  substitution: Substitution | undefined;
  /** What encrypted files are opened with; undefined: they are not. */
  decryption: Decryption | undefined;
  /** Whose share of the engine it takes: the namespace of the Kustomization. */
  tenant: string;
  signal: AbortSignal;
}

/** Builds an artifact's path in memory. Rejects with a `RenderError`; fetching has its own errors. */
export type RenderBuild = (request: BuildRequest) => Promise<Build>;

export interface Build {
  objects: readonly KubeObject[];
  /** Of all objects: equal builds have equal digests. */
  digest: string;
  /** Values that were decrypted, which no message may repeat. */
  secrets?: readonly string[];
}

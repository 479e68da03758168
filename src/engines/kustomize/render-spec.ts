/** Which objects a patch is for; absent fields match anything. Regular expressions as kustomize has them. */
export interface PatchTarget {
  group?: string | undefined;
  version?: string | undefined;
  kind?: string | undefined;
  name?: string | undefined;
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  annotationSelector?: string | undefined;
}

/** Replaces an image's name, and its tag or digest. */
export interface ImageOverride {
  name: string;
  newName?: string | undefined;
  newTag?: string | undefined;
  digest?: string | undefined;
}

/** The fields of a Kustomization's spec that shape what is built from its path. */
export interface RenderSpec {
  targetNamespace?: string | undefined;
  namePrefix?: string | undefined;
  nameSuffix?: string | undefined;
  commonMetadata?:
    | {
        labels?: Readonly<Record<string, string>> | undefined;
        annotations?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
  patches?: readonly { patch: string; target?: PatchTarget | undefined }[] | undefined;
  images?: readonly ImageOverride[] | undefined;
  components?: readonly string[] | undefined;
  ignoreMissingComponents?: boolean | undefined;
  buildMetadata?: readonly string[] | undefined;
}

/** What is done to the text of each object after the build (`spec.postBuild`). */
export interface Substitution {
  variables: Readonly<Record<string, string>>;
  /** `Always` substitutes even without variables, for the sake of defaults. */
  strategy?: 'WithVariables' | 'Always' | undefined;
  /** A variable that is neither set nor has a default is an error; otherwise it is empty. */
  strict?: boolean | undefined;
}

/** A rendered object: plain JSON, integers beyond 2^53 as BigInt. Frozen, for it is shared. */
export interface RenderedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

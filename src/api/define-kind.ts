import type { z } from 'zod';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import { decodeSpec, decodeStatus } from './decode.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  name: string;
  type: 'string' | 'date' | 'integer' | 'boolean';
  jsonPath: string;
}

/** A version the API server serves. All versions of a kind share one stored form. */
export interface ServedVersion {
  name: string;
  /** Shown by kubectl to whoever still uses the version. */
  deprecationWarning?: string;
}

/** Names of nested fields, from the root of an object: `['status', 'artifact', 'revision']`. */
export type FieldPath = readonly [string, ...string[]];

/** Where clients that know no kind in particular find what many kinds have; absent where this one does not. */
export interface KindShape {
  /** The revision the object is at. */
  revision?: FieldPath;
  /** A reference (kind, name and perhaps namespace) to the source it takes its content from. */
  source?: FieldPath;
  /** The list of what it applied; applied objects carry labels `<group>/name` and `<group>/namespace`. */
  inventory?: FieldPath;
}

/** All there is to know about a kind; CRD, RBAC, reference page and CLI names follow from it. */
export interface KindDeclaration<Spec, Status> {
  group: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  scope: 'Namespaced' | 'Cluster';
  /** The first is the storage version, the one controllers read and write. */
  versions: readonly [ServedVersion, ...ServedVersion[]];
  description: string;
  columns: readonly PrinterColumn[];
  shape: KindShape;
  crdAnnotations: Readonly<Record<string, string>>;
  /** What a status is before the first reconcile. */
  statusDefault?: Readonly<Record<string, unknown>>;
  spec: z.ZodType<Spec>;
  status: z.ZodType<Status>;
  /** Says in fields what older manifests say elsewhere, such as in annotations. */
  foldLegacy?(object: KubeObject): KubeObject;
  /** Further fields beside `spec` and `status`, additive to what upstream has. */
  fields?: Readonly<Record<string, z.ZodType>>;
}

/** An object of a kind after decoding: defaults filled, legacy fields folded into their successors. */
export interface DecodedObject<Spec, Status> extends KubeObject {
  spec: Spec;
  status?: Status;
}

/** A declared kind. Structurally a `ReconciledKind` of src/runtime. */
export interface Kind<Spec, Status> extends KindDeclaration<Spec, Status> {
  /** The storage version's URL parts. */
  readonly type: ResourceType;
  /**
   * Fills defaults and validates; accepts an object of any served version. Throws an Error whose
   * message names the field and what it may be, and never a value.
   */
  decode(object: KubeObject): DecodedObject<Spec, Status>;
}

/** The decoded objects of a kind: `type GitRepository = ObjectOf<typeof GitRepository>`. */
export type ObjectOf<K extends { decode(object: KubeObject): unknown }> = ReturnType<K['decode']>;

/** Declares a kind, once; everything else about it is derived. */
export function defineKind<Spec, Status>(
  declaration: KindDeclaration<Spec, Status>,
): Kind<Spec, Status> {
  const { group, kind, plural, scope, versions } = declaration;
  return {
    ...declaration,
    type: { group, version: versions[0].name, kind, plural, namespaced: scope === 'Namespaced' },
    decode(object) {
      const { status: found, ...rest } = declaration.foldLegacy?.(object) ?? object;
      const spec = decodeSpec(declaration.spec, rest['spec']);
      const status = decodeStatus(declaration.status, found);
      return status === undefined ? { ...rest, spec } : { ...rest, spec, status };
    },
  };
}

import type { Identity } from './identity.ts';
import type { JsonValue, KubeObject, ObjectKey, ResourceType } from './object.ts';

export interface CallOptions {
  signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Page size; pages are followed until the end. */
  limit?: number;
  /** `0` lets the API server answer from its watch cache. */
  resourceVersion?: string;
  /** Ask for PartialObjectMetadata only: no spec, no data, no status. */
  metadataOnly?: boolean;
}

export interface ObjectList<T> {
  items: T[];
  /** Where a watch continues. */
  resourceVersion: string;
}

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  /** `initialEventsEnd` closes the state that `sendInitialEvents` asked for. */
  | { type: 'BOOKMARK'; resourceVersion: string; initialEventsEnd?: boolean };

export interface WatchOptions extends CallOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Where to continue; empty together with `sendInitialEvents` for the most recent state. */
  resourceVersion: string;
  metadataOnly?: boolean;
  /** Streams the present state as ADDED events first (WatchList, KEP-3157). */
  sendInitialEvents?: boolean;
  /** When the server shall end the watch; it may end sooner. */
  timeoutSeconds?: number;
  /** Treats a connection without a byte for this long as broken. Bookmarks come once a minute. */
  idleTimeoutMs?: number;
  /** Called when the server has accepted the watch: what it knows of follows at once. */
  onOpen?: () => void;
}

export interface WriteOptions extends CallOptions {
  dryRun?: boolean;
  fieldManager?: string;
}

export interface ApplyOptions extends WriteOptions {
  fieldManager: string;
  /** Take fields from other managers instead of failing with a conflict. */
  force?: boolean;
}

/** What server-side apply answered; `created` tells a 201 from a 200. */
export interface Applied<T> {
  object: T;
  created: boolean;
}

export interface PatchOptions extends WriteOptions {
  subresource?: 'status' | 'finalize' | 'scale' | 'ephemeralcontainers';
}

/** `merge` is RFC 7386, `json` RFC 6902. */
export type Patch = { type: 'merge'; body: JsonValue } | { type: 'json'; body: JsonValue[] };

export interface DeleteOptions extends CallOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  /** Refuses (409 Conflict) unless the live object still has this uid / resourceVersion. */
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
}

/** Maps an apiVersion and kind to its URL; cached, refreshed when a kind is not found. */
export interface Discovery {
  /**
   * Undefined when the API server does not serve the kind (its CRD may not be installed yet); with
   * `anyVersion`, when it does not in any version of the group.
   * Rejects with KubeApiError 503 when that is not known, because an aggregated server is away.
   */
  resourceFor(
    apiVersion: string,
    kind: string,
    options?: CallOptions & { anyVersion?: boolean },
  ): Promise<ResourceType | undefined>;
  /** Forgets what is cached, e.g. after CRDs were applied. */
  invalidate(): void;
}

/**
 * The verbs of the Kubernetes API over one connection pool and one identity. Every method
 * rejects with a {@link KubeApiError} for an answer of the API server, and a
 * {@link KubeTransportError} when there was none.
 */
export interface KubeClient {
  readonly discovery: Discovery;
  get<T extends KubeObject>(type: ResourceType, key: ObjectKey, options?: CallOptions): Promise<T>;
  list<T extends KubeObject>(type: ResourceType, options?: ListOptions): Promise<ObjectList<T>>;
  /** Ends without error when the server closes the connection; throws KubeApiError 410 when too old. */
  watch<T extends KubeObject>(
    type: ResourceType,
    options: WatchOptions,
  ): AsyncIterable<WatchEvent<T>>;
  /** Server-side apply. */
  apply<T extends KubeObject>(
    type: ResourceType,
    object: KubeObject,
    options: ApplyOptions,
  ): Promise<Applied<T>>;
  create<T extends KubeObject>(
    type: ResourceType,
    object: KubeObject,
    options?: WriteOptions,
  ): Promise<T>;
  patch<T extends KubeObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: Patch,
    options?: PatchOptions,
  ): Promise<T>;
  replace<T extends KubeObject>(
    type: ResourceType,
    object: KubeObject,
    options?: PatchOptions,
  ): Promise<T>;
  delete(type: ResourceType, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** A path outside the resource verbs: TokenRequest, TokenReview, `/version`, `/healthz`. */
  raw<T>(request: RawRequest): Promise<T>;
}

export interface RawRequest extends CallOptions {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: JsonValue;
  contentType?: string;
  accept?: string;
}

declare const tenantClient: unique symbol;

/** A client that acts as a tenant's identity. Code that acts for a tenant takes this type. */
export interface ImpersonatedClient extends KubeClient {
  readonly [tenantClient]: true;
  readonly identity: Identity;
}

/** The control plane's own client: the only one that can become somebody else. */
export interface OwnClient extends KubeClient {
  as(identity: Identity): ImpersonatedClient;
}

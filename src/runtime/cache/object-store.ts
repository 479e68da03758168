import type { Clock } from '../../base/clock.ts';
import type { KubeObject, ObjectKey } from '../../kube/object.ts';
import type { CacheChange } from './read-cache.ts';
import { compareVersions } from './resource-version.ts';

/** How long a write of ours is trusted over the watch, and a deletion over late writes. */
const memoryMs = 60_000;
const maxTombstones = 10_000;

interface Mark {
  uid: string | undefined;
  version: string | undefined;
  until: number;
}

/**
 * The objects of one kind, fed by a watch and by our own writes.
 *
 * Guarantees: a watch event that is older than a write of ours does not undo it; a write that
 * answers after the object's deletion does not resurrect it; the watch wins in all other cases,
 * also with versions that went backwards (a restored backup). Both memories last a minute, so
 * nothing that is wrong stays wrong. A change is announced once: the watch's echo of a write of
 * ours is none.
 */
export class ObjectStore<T extends KubeObject> {
  readonly #clock: Clock;
  readonly #announce: (change: CacheChange<T>) => void;
  /** By namespace (empty for cluster-scoped objects), then name. */
  readonly #objects = new Map<string, Map<string, T>>();
  /** Versions of our writes that the watch has not reached. */
  readonly #ahead = new Map<string, Mark>();
  readonly #tombstones = new Map<string, Mark>();
  /** The version up to which the watch has told everything. */
  #reached: string | undefined;

  constructor(clock: Clock, announce: (change: CacheChange<T>) => void) {
    this.#clock = clock;
    this.#announce = announce;
  }

  get({ namespace = '', name }: ObjectKey): T | undefined {
    return this.#objects.get(namespace)?.get(name);
  }

  list(namespace?: string): T[] {
    if (namespace !== undefined) return [...(this.#objects.get(namespace)?.values() ?? [])];
    return [...this.#objects.values()].flatMap((objects) => [...objects.values()]);
  }

  /** The watch has told everything up to this version (a bookmark). */
  reached(version: string | undefined): void {
    this.#reached = version;
  }

  /** The whole collection as the watch knows it. */
  replace(items: readonly T[]): void {
    const listed = new Set(items.map(idOf));
    for (const old of this.list()) {
      if (!listed.has(idOf(old)) && !this.#isAhead(old)) this.#drop(old);
    }
    for (const item of items) this.#apply(item);
  }

  /** An addition or change that the watch reports. */
  change(object: T): void {
    this.reached(object.metadata.resourceVersion);
    this.#apply(object);
  }

  #apply(object: T): void {
    const id = idOf(object);
    const tombstone = this.#live(this.#tombstones, id);
    if (tombstone && isOlder(object, tombstone)) return;
    const ahead = this.#live(this.#ahead, id);
    if (ahead && isOlder(object, ahead)) return;
    this.#ahead.delete(id);
    // It is back: deleted and made anew, or relabelled out of a selection and in again.
    this.#tombstones.delete(id);
    this.#put(object);
  }

  /** A deletion that the watch reports. */
  remove(object: T): void {
    this.reached(object.metadata.resourceVersion);
    const current = this.get(object.metadata);
    const recreated = current && current.metadata.uid !== object.metadata.uid;
    if (recreated && this.#isAhead(current)) return;
    this.#drop(object);
  }

  /** The answer to a write of ours. */
  observe(object: T): void {
    const { metadata } = object;
    const tombstone = this.#live(this.#tombstones, idOf(object));
    if (tombstone && (tombstone.uid === metadata.uid || isOlder(object, tombstone))) return;
    // What was deleted and has no finalizer left is gone, although the answer still shows it.
    if (metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) {
      this.#drop(object);
      return;
    }
    if (!this.#isNews(object)) return;
    this.#remember(this.#ahead, object);
    this.#put(object);
  }

  /** True for the answer to a write whose effect the watch has not shown. */
  #isNews({ metadata }: T): boolean {
    const { resourceVersion } = metadata;
    const current = this.get(metadata);
    // When the watch is past this version and does not have the object, it was deleted since.
    if (!current) return (compareVersions(resourceVersion, this.#reached) ?? 1) > 0;
    return (compareVersions(resourceVersion, current.metadata.resourceVersion) ?? 0) > 0;
  }

  #put(object: T): void {
    const { namespace = '', name } = object.metadata;
    const before = this.get(object.metadata);
    let objects = this.#objects.get(namespace);
    if (!objects) this.#objects.set(namespace, (objects = new Map<string, T>()));
    objects.set(name, object);
    const { uid, resourceVersion } = object.metadata;
    const same =
      before?.metadata.uid === uid && before?.metadata.resourceVersion === resourceVersion;
    if (before === undefined) this.#announce({ after: object });
    else if (!same) this.#announce({ before, after: object });
  }

  #drop(object: T): void {
    const { namespace = '', name } = object.metadata;
    this.#ahead.delete(idOf(object));
    this.#remember(this.#tombstones, object);
    const objects = this.#objects.get(namespace);
    const before = objects?.get(name);
    if (!objects || before === undefined) return;
    objects.delete(name);
    if (objects.size === 0) this.#objects.delete(namespace);
    this.#announce({ before });
  }

  /** Written by us after all that the watch has told. */
  #isAhead(object: T): boolean {
    const mark = this.#live(this.#ahead, idOf(object));
    return mark !== undefined && (compareVersions(mark.version, this.#reached) ?? 1) > 0;
  }

  #live(marks: Map<string, Mark>, id: string): Mark | undefined {
    const mark = marks.get(id);
    return mark && mark.until > this.#clock.now() ? mark : undefined;
  }

  /** Remembers, and forgets what is too old: the oldest come first. */
  #remember(marks: Map<string, Mark>, object: T): void {
    const { uid, resourceVersion: version } = object.metadata;
    const now = this.#clock.now();
    marks.delete(idOf(object));
    marks.set(idOf(object), { uid, version, until: now + memoryMs });
    for (const [id, { until }] of marks) {
      if (until > now && marks.size <= maxTombstones) break;
      marks.delete(id);
    }
  }
}

function isOlder({ metadata }: KubeObject, { version }: Mark): boolean {
  return (compareVersions(metadata.resourceVersion, version) ?? 0) < 0;
}

/** Names and namespaces hold no slash. */
function idOf({ metadata }: Pick<KubeObject, 'metadata'>): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

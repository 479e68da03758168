import { createHash } from 'node:crypto';

/** Managers of replicated objects begin with this, as Capsule's do. */
const prefix = 'projectcapsule.dev/resource/';

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** The beginning of the names of all managers of one replication. */
export function managerPrefix(mark: string): string {
  return `${prefix}${digest(mark)}/`;
}

/** The field manager of one item of a replication. */
export function managerOf(mark: string, itemId: string): string {
  return managerPrefix(mark) + digest(itemId);
}

/** The prefix that a manager's name begins with; undefined when it is no replication's. */
export function prefixOf(manager: string): string | undefined {
  return /^projectcapsule\.dev\/resource\/[0-9a-f]{16}\/(?=[0-9a-f]{16}$)/.exec(manager)?.[0];
}

/**
 * Whether it is a manager of one of Capsule's replications: `<hash>/<namespace>/<tenant>/<item>/`, as
 * `qgcchvqwxwt7/oil-one/oil/0/raw-0/`, and in some versions with our prefix before it.
 */
export function isManagerOfCapsule(manager: string): boolean {
  if (manager.startsWith(prefix)) return prefixOf(manager) === undefined;
  return /^[0-9a-z]{1,13}\/[^/]*\/[^/]*\/.+\/$/.test(manager);
}

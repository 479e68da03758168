import type { Subject } from '../../api/capsule/owner.ts';
import type { Requester } from '../../access/tenancy/identity-class.ts';
import { parseServiceAccountUser } from '../../access/service-account-user.ts';
import type { KubeObject } from '../../kube/object.ts';

/** Objects of a kind as a watch knows them. */
export interface Watched {
  list(): readonly KubeObject[];
  onChange(listener: (change: { before?: KubeObject; after?: KubeObject }) => void): () => void;
}

/** What objects give to somebody, looked up by whom they name. */
export interface SubjectIndex<Given> {
  /** What names the sender, or one of its groups; each once for each subject. */
  of(sender: Requester): Given[];
}

/** What an object gives, and to whom. */
export type Gifts<Given> = readonly { subjects: readonly Subject[]; given: Given }[];

/** Keeps up with a watch. `giftsOf` reads one object; one that cannot be read gives nothing. */
export function indexSubjects<Given>(
  watched: Watched,
  giftsOf: (object: KubeObject) => Gifts<Given>,
): SubjectIndex<Given> {
  const bySubject = new Map<string, Map<string, Given[]>>();
  const read = (object: KubeObject): Gifts<Given> => {
    try {
      return giftsOf(object);
    } catch {
      // Its own status says why.
      return [];
    }
  };
  const drop = (object: KubeObject) => {
    for (const subject of read(object).flatMap(({ subjects }) => subjects)) {
      const given = bySubject.get(keyOf(subject));
      given?.delete(idOf(object));
      if (given?.size === 0) bySubject.delete(keyOf(subject));
    }
  };
  const put = (object: KubeObject) => {
    for (const { subjects, given } of read(object)) {
      for (const subject of subjects) {
        const known = bySubject.get(keyOf(subject)) ?? new Map<string, Given[]>();
        known.set(idOf(object), [...(known.get(idOf(object)) ?? []), given]);
        bySubject.set(keyOf(subject), known);
      }
    }
  };
  for (const object of watched.list()) put(object);
  watched.onChange(({ before, after }) => {
    if (before) drop(before);
    if (after) put(after);
  });
  return {
    of: (sender) =>
      subjectsOf(sender).flatMap((subject) =>
        [...(bySubject.get(keyOf(subject))?.values() ?? [])].flat(),
      ),
  };
}

/** How a sender may be named. */
function subjectsOf({ username, groups = [] }: Requester): Subject[] {
  const isAccount = parseServiceAccountUser(username) !== undefined;
  return [
    { kind: isAccount ? 'ServiceAccount' : 'User', name: username },
    ...[...new Set(groups)].map((name) => ({ kind: 'Group' as const, name })),
  ];
}

const keyOf = ({ kind, name }: Subject) => JSON.stringify([kind, name]);
const idOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;

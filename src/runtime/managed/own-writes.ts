import type { ManagedChange } from './kind-table.ts';

/**
 * Tells the echo of our own writes from what others did. A write's watch event may come before its
 * answer; what arrives meanwhile is held back until the answer says what was ours.
 */
export interface OwnWrites<Marks> {
  begin(id: string): void;
  /** The change that arrived during the write, if any. */
  end(id: string): ManagedChange<Marks> | undefined;
  /** The object of that uid will go because we said so. */
  expectEnd(id: string, uid: string): void;
  forgetEnd(id: string): void;
  /** The change to tell others, or undefined while it is held back. */
  sift(change: ManagedChange<Marks>): ManagedChange<Marks> | undefined;
}

export function createOwnWrites<Marks>(): OwnWrites<Marks> {
  const writing = new Map<string, { count: number; held?: ManagedChange<Marks> }>();
  const ending = new Map<string, string>();
  return {
    begin(id) {
      const under = writing.get(id);
      if (under) under.count++;
      else writing.set(id, { count: 1 });
    },
    end(id) {
      const under = writing.get(id);
      if (!under) return undefined;
      if (--under.count <= 0) writing.delete(id);
      const { held } = under;
      delete under.held;
      return held;
    },
    expectEnd: (id, uid) => void ending.set(id, uid),
    forgetEnd: (id) => void ending.delete(id),
    sift(change) {
      const { id, before, after } = change;
      const under = writing.get(id);
      if (under) {
        const first = under.held?.before ?? before;
        under.held = { id, ...(first && { before: first }), ...(after && { after }) };
        return undefined;
      }
      const isOurs = before !== undefined && ending.get(id) === before.uid;
      if (isOurs && !after) ending.delete(id);
      return isOurs ? { ...change, own: true } : change;
    },
  };
}

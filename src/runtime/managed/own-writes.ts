import type { ManagedChange } from './kind-table.ts';

/**
 * Tells the echo of our own writes from what others did. A write's watch event may come before its
 * answer; what arrives meanwhile is held back until the answer says what was ours.
 */
export interface OwnWrites<Marks> {
  /**
   * Runs a write of the object; resolves with its result and the change that arrived meanwhile, if
   * any. When the write fails, that change was somebody else's and goes to `tell`.
   */
  during<R>(
    id: string,
    send: () => Promise<R>,
    tell: (change: ManagedChange<Marks>) => void,
  ): Promise<{ result: R; meanwhile?: ManagedChange<Marks> }>;
  /** Runs a deletion: from now on the end of the object of that uid is ours. */
  ending(id: string, uid: string, send: () => Promise<void>): Promise<void>;
  /** The end came, or will not come. */
  forgetEnd(id: string): void;
  /** The change to tell others, or undefined while it is held back. */
  sift(change: ManagedChange<Marks>): ManagedChange<Marks> | undefined;
}

export function createOwnWrites<Marks>(): OwnWrites<Marks> {
  type Change = ManagedChange<Marks>;
  const writing = new Map<string, { count: number; held?: Change }>();
  const endings = new Map<string, string>();

  const begin = (id: string) => {
    const under = writing.get(id);
    if (under) under.count++;
    else writing.set(id, { count: 1 });
  };
  const end = (id: string): Change | undefined => {
    const under = writing.get(id);
    if (!under) return undefined;
    if (--under.count <= 0) writing.delete(id);
    const { held } = under;
    delete under.held;
    return held;
  };

  return {
    async during(id, send, tell) {
      begin(id);
      try {
        const result = await send();
        const meanwhile = end(id);
        return meanwhile ? { result, meanwhile } : { result };
      } catch (error) {
        const meanwhile = end(id);
        if (meanwhile) tell(meanwhile);
        throw error;
      }
    },
    async ending(id, uid, send) {
      endings.set(id, uid);
      try {
        await send();
      } catch (error) {
        endings.delete(id);
        throw error;
      }
    },
    forgetEnd: (id) => void endings.delete(id),
    sift(change) {
      const { id, before, after } = change;
      const under = writing.get(id);
      if (under) {
        const first = under.held?.before ?? before;
        under.held = { id, ...(first && { before: first }), ...(after && { after }) };
        return undefined;
      }
      const isOurs = before !== undefined && endings.get(id) === before.uid;
      if (isOurs && !after) endings.delete(id);
      return isOurs ? { ...change, own: true } : change;
    },
  };
}

import type { ClientHttp2Session } from 'node:http2';
import { openSession, type SessionOptions } from './open-session.ts';

/** A place for one stream on a shared connection. */
export interface StreamPlace {
  session: ClientHttp2Session;
  /** Called once, when the stream is over. */
  leave(): void;
}

/** Connections of HTTP/2 that many streams share. */
export interface SessionPool {
  /** Undefined where the server does not offer HTTP/2. Rejects when there is no connection. */
  place(): Promise<StreamPlace | undefined>;
  /** No new streams; each connection ends with its last one. */
  retire(): void;
  /** Ends them all. */
  destroy(): void;
}

interface Shared {
  session: ClientHttp2Session;
  open: number;
}

/** However many the server would take: what one connection's end takes with it. */
const maxStreams = 100;
/** The API server closes idle connections after 90 s: we are first. */
const idleMs = 60_000;

/** Opens connections as they are needed, fills one after the other, and lets idle ones go. */
export function createSessionPool(options: SessionOptions): SessionPool {
  const all = new Set<Shared>();
  let isOffered = true;
  let isRetired = false;
  let isEnded = false;
  let opening: Promise<void> | undefined;

  async function open(): Promise<void> {
    const session = await openSession(options);
    if (!session) {
      isOffered = false;
      return;
    }
    const shared = { session, open: 0 };
    if (isEnded || !hasPlace(shared)) {
      session.destroy();
      throw new Error('a connection took no streams');
    }
    all.add(shared);
    session.once('close', () => all.delete(shared));
  }

  function take(shared: Shared): StreamPlace {
    shared.open += 1;
    return {
      session: shared.session,
      leave() {
        shared.open -= 1;
        if (shared.open === 0) setTimeout(() => endIdle(shared), isRetired ? 0 : idleMs).unref();
      },
    };
  }

  return {
    async place() {
      while (isOffered) {
        const free = all.values().find(hasPlace);
        if (free) return take(free);
        opening ??= open().finally(() => (opening = undefined));
        await opening;
      }
      return undefined;
    },
    retire() {
      isRetired = true;
      for (const shared of all) endIdle(shared);
    },
    destroy() {
      isEnded = true;
      for (const { session } of all) session.destroy();
    },
  };
}

/** One that was told to go away (GOAWAY) is closed for new streams, and serves those it has. */
function hasPlace({ session, open }: Shared): boolean {
  const { maxConcurrentStreams: theirs = maxStreams } = session.remoteSettings;
  return !session.closed && !session.destroyed && open < Math.min(maxStreams, theirs);
}

function endIdle({ session, open }: Shared): void {
  if (open === 0 && !session.destroyed) session.close();
}

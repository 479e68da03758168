/** Runs one piece of work at a time, in the order it was asked for. */
export type Turns = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/**
 * A queue of one. A caller that aborts while it waits leaves at once and never runs; work that has
 * begun is left to end by itself, since it is told of the abort too.
 */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>, signal?: AbortSignal) =>
    new Promise<T>((resolve, reject) => {
      const leave = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', leave, { once: true });
      last = last.then(async () => {
        signal?.removeEventListener('abort', leave);
        if (signal?.aborted) return leave();
        await work().then(resolve, reject);
      });
    });
}

import { sleep, systemClock } from '../../base/clock.ts';

const pauseMs = 200;

/** Looks until there is something; undefined when there was nothing for that long. */
export async function waitUntil<T>(
  look: () => Promise<T | undefined | false>,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<T | undefined> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) return undefined;
    await sleep(systemClock, pauseMs, signal);
  }
}

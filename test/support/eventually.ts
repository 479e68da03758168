/**
 * Looks until `look` returns something other than `false`; fails with the last error or `what` after `seconds`.
 * The longer it takes, the longer it pauses: looking takes from the machine what is being waited for.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  seconds = 120,
): Promise<T> {
  const start = Date.now();
  for (let last: unknown; ;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    const elapsed = Date.now() - start;
    if (elapsed > seconds * 1000)
      throw new Error(`not within ${seconds} s: ${what}`, { cause: last });
    const pause = Math.min(Math.max(elapsed / 10, 25), 500);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

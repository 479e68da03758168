/**
 * Runs `work` over all items, at most `limit` at a time, and resolves with the results in order.
 * A failure keeps no other item from its turn: all are tried, then the first error is thrown.
 */
export async function concurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const errors: { index: number; error: unknown }[] = [];
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) {
      try {
        results[index] = await work(item);
      } catch (error) {
        errors.push({ index, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  const [first] = errors.sort((one, two) => one.index - two.index);
  if (first) throw first.error;
  return results;
}

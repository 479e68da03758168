/**
 * Does `work` for all targets at the same time, and resolves with the results in their order. What
 * fails keeps no other from being done; the first failure is thrown in the end.
 */
export async function eachTarget<T, R>(
  targets: readonly T[],
  work: (target: T) => Promise<R>,
): Promise<R[]> {
  const results = await Promise.allSettled(targets.map(work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

import type { Report } from './report.ts';

/** A step that the rest cannot be shown without: shown, and thrown on if it fails. */
export async function timed<T>(report: Report, what: string, work: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  let failure: unknown;
  await report.check(what, async () => {
    try {
      result = await work();
    } catch (error) {
      failure = error;
      throw error;
    }
  });
  // The rest cannot be shown without it.
  if (failure !== undefined) throw failure;
  return result as T;
}

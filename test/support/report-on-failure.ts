import { afterEach } from 'vitest';

/** After each failed test of the file, prints what the world looked like. */
export function reportOnFailure(world: () => { report(): Promise<string> } | undefined): void {
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    console.error(await world()?.report());
  });
}

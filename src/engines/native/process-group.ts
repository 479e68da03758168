/**
 * Ends a process that was started as the leader of a group (`detached`), and what it started itself,
 * at once. Nothing happens when it has ended, or never was.
 */
export function killGroup(leader: number | undefined): void {
  // 0 and 1 would be the group of this process, and everybody.
  if (leader === undefined || leader <= 1) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

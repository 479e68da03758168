import type { CommandOption } from '../cli/command.ts';

/** How every program of ours is told what to log, and in which form. */
export const logOptions: readonly CommandOption[] = [
  {
    flag: '--log-encoding <encoding>',
    description: 'form of log lines',
    choices: ['json', 'console'],
    default: 'json',
  },
  {
    flag: '--log-level <level>',
    description: 'least severe line to write',
    choices: ['trace', 'debug', 'info', 'error'],
    default: 'info',
  },
];

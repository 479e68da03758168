import type { ManagerOption } from './manager-option.ts';

/** Flags about which replica reconciles. */
export const electionOptions: readonly ManagerOption[] = [
  { flag: '--enable-leader-election [bool]', description: 'only one replica reconciles' },
  {
    flag: '--leader-election-release-on-cancel [bool]',
    description: 'step down at shutdown, so that the next leader need not wait',
    default: 'true',
  },
  {
    flag: '--leader-election-lease-duration <duration>',
    description: 'how long others wait for a silent leader',
    default: '35s',
  },
  {
    flag: '--leader-election-renew-deadline <duration>',
    description: 'how long a leader tries to stay one',
    default: '30s',
  },
  {
    flag: '--leader-election-retry-period <duration>',
    description: 'time between two tries of election',
    default: '5s',
  },
];

import type { ManagerOption } from './manager-option.ts';

/** Flags about artifacts: where they are kept and served, and for how long. */
export const storageOptions: readonly ManagerOption[] = [
  {
    flag: '--storage-path <dir>',
    description: 'where artifacts and Git mirrors are kept',
    default: '/data',
    env: 'STORAGE_PATH',
  },
  {
    flag: '--storage-addr <addr>',
    description: 'where artifacts are served; 0 switches it off',
    default: ':9090',
  },
  {
    flag: '--storage-adv-addr <host>',
    description: 'host of artifact URLs as others see it',
    default: '',
  },
  {
    flag: '--artifact-authorization [bool]',
    description: 'artifacts need a bearer token whose namespace the source admits',
    differs: 'own',
  },
  {
    flag: '--artifact-digest-algo <name>',
    description: 'digest of artifacts',
    choices: ['sha256', 'sha384', 'sha512'],
    default: 'sha256',
    differs: 'neither blake3 nor the deprecated sha1',
  },
  {
    flag: '--artifact-retention-ttl <duration>',
    description: 'how long a replaced artifact stays',
    default: '60s',
  },
  {
    flag: '--artifact-retention-records <n>',
    description: 'how many artifacts of a source stay',
    default: '2',
  },
];

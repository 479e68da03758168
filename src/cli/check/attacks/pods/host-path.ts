import { podAttack } from './pod-attack.ts';

export const hostPath = podAttack({
  name: 'host-path',
  title: 'mounts a directory of the node',
  why: 'the volumes and tokens of all Pods of the node are files there',
  benchmarks: ['MTB-PL1-BC-HI-1'],
  changes: { hostPath: { volumes: [{ name: 'host', hostPath: { path: '/' } }] } },
});

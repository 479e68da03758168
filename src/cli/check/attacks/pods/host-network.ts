import { container } from '../../harmless-pod.ts';
import { podAttack } from './pod-attack.ts';

export const hostNetwork = podAttack({
  name: 'host-network',
  title: "uses the node's network or ports",
  why: 'network policies end there, and the metadata service of the cloud begins',
  benchmarks: ['MTB-PL1-BC-HI-3'],
  changes: {
    hostNetwork: { hostNetwork: true },
    hostPort: { containers: [container({ ports: [{ containerPort: 8080, hostPort: 8080 }] })] },
  },
});

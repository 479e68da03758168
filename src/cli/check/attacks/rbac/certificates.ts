import type { Attack } from '../../attack.ts';
import { asking, tryAll } from '../../tries.ts';

const group = 'certificates.k8s.io';

export const takeCertificates: Attack = {
  id: 'rbac/certificates',
  title: 'has a client certificate of somebody else signed',
  why: 'a certificate names its user and groups, and cannot be withdrawn',
  remedy: 'grant no tenant anything on certificatesigningrequests',
  benchmarks: ['MTB-PL1-CC-CPI-1'],
  attempt: (world) =>
    tryAll(world, [
      {
        what: 'by asking for one',
        send: asking({ verb: 'create', group, resource: 'certificatesigningrequests' }),
      },
      {
        what: 'by approving one',
        send: asking({
          verb: 'update',
          group,
          resource: 'certificatesigningrequests',
          subresource: 'approval',
        }),
      },
    ]),
};

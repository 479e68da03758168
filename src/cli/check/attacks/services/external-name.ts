import { serviceAttack } from './service-attack.ts';

export const externalName = serviceAttack({
  name: 'external-name',
  title: 'makes a name of its own stand for a host of others',
  why: "an ingress controller would serve a neighbour's Service, or its own node, under the tenant's host",
  remedy:
    'set spec.serviceOptions.allowedServices.externalName of Tenants to false, and see that it is enforced',
  changes: {
    ExternalName: {
      type: 'ExternalName',
      externalName: 'kubernetes.default.svc',
      ports: undefined,
    },
  },
});

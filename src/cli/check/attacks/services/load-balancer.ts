import { serviceAttack } from './service-attack.ts';

export const loadBalancer = serviceAttack({
  name: 'load-balancer',
  title: 'asks the cloud for a load balancer, where it may not',
  why: 'it is reachable from outside, and costs money',
  remedy:
    'set spec.serviceOptions.allowedServices.loadBalancer of Tenants to false, and see that it is enforced',
  changes: { LoadBalancer: { type: 'LoadBalancer' } },
});

import { z } from 'zod';
import { int32 } from '../../fields.ts';
import { Match } from './match.ts';

const port = int32.min(1);

/** Rules about Services. */
export const ServiceRules = z.object({
  externalNames: z
    .object({
      hostnames: z.array(Match).describe('Names an ExternalName may be.').exactOptional(),
    })
    .describe('Services of type ExternalName.')
    .exactOptional(),
  loadBalancers: z
    .object({
      cidrs: z.array(z.string()).describe('Addresses that may be asked for.').exactOptional(),
    })
    .describe('Services of type LoadBalancer.')
    .exactOptional(),
  nodePorts: z
    .object({
      ports: z
        .array(z.object({ from: port.describe('First port.'), to: port.describe('Last port.') }))
        .describe('Node ports that may be asked for.')
        .exactOptional(),
    })
    .describe('Services with node ports.')
    .exactOptional(),
  types: z
    .array(z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']))
    .describe('Types of Services.')
    .exactOptional(),
});

import { z } from 'zod';
import { Match } from './match.ts';

/** Rules about host names that traffic comes in by. */
export const IngressRules = z.object({
  hostnames: z.array(Match).min(1).describe('Host names.').exactOptional(),
  types: z
    .array(
      z.enum(['Ingress', 'Route', 'ListenerSet', 'HTTPRoute', 'Gateway', 'TLSRoute', 'GRPCRoute']),
    )
    .min(1)
    .describe('Kinds it is about; set together with `hostnames`.')
    .exactOptional(),
});

import { z } from 'zod';
import { int32 } from '../fields.ts';
import { LabelSelector } from '../label-selector.ts';

const Peer = z.object({
  ipBlock: z
    .object({
      cidr: z.string().describe('Addresses, such as 192.168.0.0/16.'),
      except: z.array(z.string()).describe('Addresses within `cidr` to leave out.').exactOptional(),
    })
    .describe('Addresses; excludes the selectors.')
    .exactOptional(),
  namespaceSelector: LabelSelector.describe('Namespaces of the pods.').exactOptional(),
  podSelector: LabelSelector.describe('The pods.').exactOptional(),
});

const Port = z.object({
  endPort: int32.describe('Last port of a range that begins at `port`.').exactOptional(),
  port: z
    .unknown()
    .meta({ 'x-kubernetes-int-or-string': true })
    .describe('Port number or name.')
    .exactOptional(),
  protocol: z.string().describe('TCP, UDP or SCTP.').exactOptional(),
});
const ports = z.array(Port).describe('Ports; all if absent.').exactOptional();

/** networkingv1.NetworkPolicySpec. */
export const NetworkPolicySpec = z.object({
  egress: z
    .array(z.object({ ports, to: z.array(Peer).describe('Destinations.').exactOptional() }))
    .describe('Traffic that may leave the selected pods.')
    .exactOptional(),
  ingress: z
    .array(z.object({ from: z.array(Peer).describe('Origins.').exactOptional(), ports }))
    .describe('Traffic that may reach the selected pods.')
    .exactOptional(),
  podSelector: LabelSelector.describe('The pods the policy is about.').exactOptional(),
  policyTypes: z.array(z.string()).describe('Ingress, Egress or both.').exactOptional(),
});
export type NetworkPolicySpec = z.infer<typeof NetworkPolicySpec>;

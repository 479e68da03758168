import type { Command } from '../../cli/command.ts';
import { parseProxyFlags } from './flags.ts';
import { proxyOptions } from './options.ts';
import { runProxy } from './run-proxy.ts';

/** `tenantry proxy`: the API server as tenants see it, until it is told to stop. */
export const proxyCommand: Command = {
  name: 'proxy',
  summary: 'serve the Kubernetes API to tenants, who see what is theirs',
  details: `Examples:
  tenantry proxy                                            in a cluster, at :9001
  tenantry proxy --kubeconfig ~/.kube/config --ssl-cert-path tls.crt --ssl-key-path tls.key
  tenantry proxy --auth-preferred-types=BearerToken,TLSCertificate`,
  options: [...proxyOptions],
  async run({ options, signal }) {
    await runProxy(parseProxyFlags(options), signal);
    return undefined;
  },
};

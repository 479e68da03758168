import { writeFile } from 'node:fs/promises';
import { isConflict } from '../kube/api-error.ts';
import { secretType } from '../kube/core-resources.ts';
import { formatKubeconfig } from '../kube/format-kubeconfig.ts';
import { onCluster, type Cluster } from './cluster/connect.ts';
import { textOption } from './cluster/options.ts';
import type { Command, OptionValues } from './command.ts';
import { parseGeneratorOptions, type GeneratorOptions } from './generator/options.ts';
import { readAuthority } from './generator/read-authority.ts';
import { accountToken } from './generator/account-token.ts';
import { fieldManager } from './objects/field-manager.ts';

/** Where the kubeconfig went; itself when it goes to standard output. */
export type Generated =
  { to: 'secret' | 'file'; name: string } | { to: 'output'; kubeconfig: string };

/**
 * `tenantry kubeconfig`: a kubeconfig by which a ServiceAccount works through the tenant proxy. Takes
 * the flags of proxy-kubeconfig-generator, and its name.
 */
export const kubeconfigCommand: Command = {
  name: 'kubeconfig',
  summary: 'make a kubeconfig by which a ServiceAccount works through the tenant proxy',
  details: `Examples:
  tenantry kubeconfig --serviceaccount gitops-reconciler --namespace my-tenant --expiry 24h \\
    --server https://capsule-proxy.capsule-system.svc:9001 \\
    --server-tls-secret-namespace capsule-system --server-tls-secret-name capsule-proxy
  tenantry kubeconfig … --output -        to standard output, rather than into a Secret

Without --expiry the token is that of the account's token Secret, which never ends. The component
bridge makes such Secrets by itself, and renews them: see docs/rotate-credentials.md.
Under the name proxy-kubeconfig-generator, and here, flags may have one dash: -serviceaccount.`,
  options: [
    { flag: '--serviceaccount <name>', description: 'ServiceAccount the kubeconfig is for' },
    { flag: '--namespace <name>', description: 'its namespace', default: 'default' },
    { flag: '--server <url>', description: 'https:// address of the tenant proxy' },
    { flag: '--server-tls-secret-name <name>', description: "Secret with the proxy's authority" },
    {
      flag: '--server-tls-secret-namespace <name>',
      description: 'namespace of that Secret',
      default: 'default',
    },
    { flag: '--server-tls-secret-ca-key <key>', description: 'key in that Secret', default: 'ca' },
    {
      flag: '--kubeconfig-secret-key <key>',
      description: 'key of the kubeconfig in the Secret that is made',
      default: 'kubeconfig',
    },
    { flag: '--expiry <duration>', description: 'a new token that ends, such as 24h' },
    {
      flag: '-o, --output <file>',
      description: 'file to write, or - for standard output (default: Secret <name>-kubeconfig)',
    },
    { flag: '--kubeconfig <file>', description: 'kubeconfig file (default: as kubectl finds it)' },
    { flag: '--context <name>', description: 'context of the kubeconfig' },
  ],
  run: async (input) => {
    const wanted = parseGeneratorOptions(input.options);
    return await onCluster(input, (cluster) => generate(wanted, cluster, input.options));
  },
  print: (generated: Generated) =>
    generated.to === 'output'
      ? generated.kubeconfig
      : `✔ kubeconfig written to ${generated.to} ${generated.name}`,
};

async function generate(
  wanted: GeneratorOptions,
  { client, signal }: Cluster,
  options: OptionValues,
): Promise<Generated> {
  const { account, server, tlsSecret } = wanted;
  const ca = await readAuthority(tlsSecret, { client, signal });
  const token = await accountToken(wanted, { client, signal });
  const kubeconfig = formatKubeconfig({
    server,
    ca,
    token,
    namespace: account.namespace,
    // As proxy-kubeconfig-generator calls it.
    userName: tlsSecret.namespace,
  });
  const output = textOption(options, 'output');
  if (output === '-') return { to: 'output', kubeconfig };
  if (output !== undefined) {
    await writeFile(output, kubeconfig, { mode: 0o600 });
    return { to: 'file', name: output };
  }
  const name = `${account.name}-kubeconfig`;
  await createSecret({ ...wanted, name, kubeconfig }, { client, signal });
  return { to: 'secret', name: `${account.namespace}/${name}` };
}

async function createSecret(
  what: GeneratorOptions & { name: string; kubeconfig: string },
  { client, signal }: Pick<Cluster, 'client' | 'signal'>,
): Promise<void> {
  const { account, name, secretKey, kubeconfig } = what;
  const { namespace } = account;
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'Opaque',
    data: { [secretKey]: Buffer.from(kubeconfig).toString('base64') },
  };
  try {
    await client.create(secretType, secret, { fieldManager, signal });
  } catch (error) {
    if (!isConflict(error)) throw error;
    const message = `Secret '${namespace}/${name}' exists: delete it first, or write elsewhere with --output`;
    throw new Error(message, { cause: error });
  }
}

import { readFile, writeFile } from 'node:fs/promises';
import type { KeyedFiles } from './keyring.ts';

export interface KubeconfigSource {
  server: string;
  caPem: string;
  client: KeyedFiles;
  user: string;
}

/** Writes a kubeconfig (kubectl's v1 Config) that holds everything it needs, for its owner only. */
export async function writeKubeconfig(file: string, source: KubeconfigSource): Promise<void> {
  const [cert, key] = await Promise.all([
    readFile(source.client.cert, 'base64'),
    readFile(source.client.key, 'base64'),
  ]);
  const user = JSON.stringify(source.user);
  const content = `apiVersion: v1
kind: Config
current-context: tenantry-plane
clusters:
  - name: tenantry-plane
    cluster:
      server: ${source.server}
      certificate-authority-data: ${Buffer.from(source.caPem).toString('base64')}
contexts:
  - name: tenantry-plane
    context:
      cluster: tenantry-plane
      user: ${user}
users:
  - name: ${user}
    user:
      client-certificate-data: ${cert}
      client-key-data: ${key}
`;
  await writeFile(file, content, { mode: 0o600 });
}

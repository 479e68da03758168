import { stringifyYaml } from '../base/yaml.ts';

/** A way to a cluster with a bearer token. */
export interface TokenKubeconfig {
  server: string;
  /** PEM; the authorities of the server. */
  ca: string;
  token: string;
  /** Of the context; `default` if absent. */
  namespace?: string;
  /** What the entry of the user is called; `default` if absent. */
  userName?: string;
}

/** A kubeconfig (kubectl's v1 Config) that holds everything it needs, as YAML. */
export function formatKubeconfig(way: TokenKubeconfig): string {
  const { server, ca, token, namespace = 'default', userName = 'default' } = way;
  return stringifyYaml({
    apiVersion: 'v1',
    clusters: [
      {
        cluster: {
          'certificate-authority-data': Buffer.from(ca).toString('base64'),
          server,
        },
        name: 'default',
      },
    ],
    contexts: [{ context: { cluster: 'default', namespace, user: userName }, name: 'default' }],
    'current-context': 'default',
    kind: 'Config',
    preferences: {},
    users: [{ name: userName, user: { token } }],
  });
}

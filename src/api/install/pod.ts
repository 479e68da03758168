/** An account without a name on most systems, and never root. */
const unprivilegedId = 65532;

/** Of Pods that the strictest Pod Security Standard lets in. */
export const podSecurity = {
  fsGroup: unprivilegedId,
  runAsGroup: unprivilegedId,
  runAsNonRoot: true,
  runAsUser: unprivilegedId,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/** And of their containers. */
export const containerSecurity = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/** What the kubelet asks of every process of ours, at its port `healthz`. */
export const probes = {
  livenessProbe: { httpGet: { path: '/healthz', port: 'healthz' } },
  readinessProbe: { httpGet: { path: '/readyz', port: 'healthz' } },
} as const;

/** Port numbers as a container lists them, by their names. */
export const containerPorts = (ports: Readonly<Record<string, number>>) =>
  Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' }));

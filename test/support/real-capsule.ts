import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createAuthority, issueServer } from '../../src/base/certificate.ts';
import { freePort } from '../../src/engines/plane/free-port.ts';
import { applyAll, type Estate } from './estate.ts';
import { namespaceHooks, type CapsuleHook } from './real-capsule-hooks.ts';

/** Capsule's own controller at work in an estate, with webhooks of its registered. */
export interface RealCapsule {
  /** SIGTERM; what it registered stays. */
  stop(): Promise<void>;
}

/** What a hook of Capsule's chart has in common with the others. */
const hook = {
  admissionReviewVersions: ['v1'],
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  sideEffects: 'None',
  timeoutSeconds: 30,
};

/**
 * Starts a program that is Capsule's controller, as cluster-admin, which its chart makes it. Its
 * configuration is written as the chart does, but for the address of its webhooks; `spec` is merged into it.
 */
export async function startRealCapsule(
  program: string,
  { admin, plane, storagePath, kubectl }: Estate,
  { hooks = namespaceHooks, spec = {} }: { hooks?: readonly CapsuleHook[]; spec?: object } = {},
): Promise<RealCapsule> {
  const certificates = path.join(storagePath, 'capsule-certificates');
  await mkdir(certificates, { recursive: true });
  const authority = createAuthority('capsule');
  const { certPem, keyPem } = issueServer(authority, ['127.0.0.1']);
  await writeFile(path.join(certificates, 'tls.crt'), certPem);
  await writeFile(path.join(certificates, 'tls.key'), keyPem);
  const port = await freePort();
  const client = {
    url: `https://127.0.0.1:${port}`,
    caBundle: Buffer.from(authority.certPem).toString('base64'),
  };
  const part = (type: 'mutating' | 'validating') => ({
    name: 'capsule-dynamic-webhook',
    client,
    webhooks: hooks
      .filter((each) => each.type === type)
      .map(({ type: _type, ...rest }) => ({ ...hook, ...rest })),
  });
  await kubectl(['create', 'namespace', 'capsule-system']);
  await applyAll(admin, [
    {
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind: 'CapsuleConfiguration',
      metadata: { name: 'default' },
      spec: {
        users: [{ kind: 'Group', name: 'projectcapsule.dev' }],
        admission: { mutating: part('mutating'), validating: part('validating') },
        ...spec,
      },
    },
  ]);
  const child = spawn(
    program,
    [`--webhook-port=${port}`, `--webhook-cert-path=${certificates}`, '--metrics-addr=0'],
    {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        KUBECONFIG: plane.kubeconfig,
        NAMESPACE: 'capsule-system',
        SERVICE_ACCOUNT: 'capsule',
      },
    },
  );
  return {
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

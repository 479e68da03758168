import { execFile } from 'node:child_process';
import type { Clock } from '../base/clock.ts';
import { redact } from '../base/redact.ts';
import type { Credential, CredentialSource } from './cluster-config.ts';
import { isRecord, parseJson } from '../base/json.ts';
import { KubeconfigError, type ClusterEntry, type ExecEntry } from './kubeconfig-document.ts';

export interface ExecContext {
  cluster: ClusterEntry;
  ca: string | undefined;
  clock: Clock;
  /** What the plugin inherits: it is the operator's program and needs the operator's environment. */
  env: Readonly<Record<string, string | undefined>>;
}

const apiVersions = new Set([
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
]);
const timeoutMs = 60_000;
const maxOutputBytes = 1024 * 1024;
/** Asked for again this long before it expires, so that no request carries a stale one. */
const earlyMs = 15_000;

/** The last instant Date knows: what has no expirationTimestamp lasts until it is rejected. */
const never = '+275760-09-13T00:00:00Z';

interface Held {
  credential: Credential;
  expiresAt: number;
}

/**
 * Credentials from an exec plugin (client.authentication.k8s.io), run without a shell and kept
 * until they expire or the API server rejects them. Only for the operator's own kubeconfig.
 */
export function execCredential(exec: ExecEntry, context: ExecContext): CredentialSource {
  if (!apiVersions.has(exec.apiVersion)) {
    throw new KubeconfigError('Invalid', `exec plugin speaks unsupported '${exec.apiVersion}'`);
  }
  if (exec.interactiveMode === 'Always') {
    throw new KubeconfigError('Invalid', `exec plugin '${exec.command}' needs a terminal`);
  }
  let held: Held | undefined;
  let running: Promise<Held> | undefined;

  return {
    async current() {
      if (held && context.clock.now() < held.expiresAt - earlyMs) return held.credential;
      running ??= runPlugin(exec, context).finally(() => {
        running = undefined;
      });
      held = await running;
      return held.credential;
    },
    reject(credential) {
      if (held?.credential === credential) held = undefined;
    },
  };
}

async function runPlugin(exec: ExecEntry, context: ExecContext): Promise<Held> {
  const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec: specOf(exec, context) };
  const env = { ...context.env, ...exec.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const output = await new Promise<string>((resolve, reject) => {
    const options = {
      env,
      timeout: timeoutMs,
      maxBuffer: maxOutputBytes,
      killSignal: 'SIGKILL',
      shell: false,
    } as const;
    const child = execFile(exec.command, exec.args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const said = redact(stderr.trim().slice(-512));
      const hint = exec.installHint === '' ? '' : `; ${exec.installHint.trim()}`;
      const message = `exec plugin '${exec.command}' failed: ${said || error.code}${hint}`;
      reject(new KubeconfigError('Unreadable', message));
    });
    child.stdin?.end();
  });
  return parseOutput(output, exec);
}

function specOf(exec: ExecEntry, { cluster, ca }: ExecContext): Record<string, unknown> {
  if (!exec.provideClusterInfo) return { interactive: false };
  return {
    interactive: false,
    cluster: {
      server: cluster.server,
      'tls-server-name': cluster.tlsServerName,
      'insecure-skip-tls-verify': cluster.insecureSkipTlsVerify,
      'certificate-authority-data': ca && Buffer.from(ca, 'utf8').toString('base64'),
      'proxy-url': cluster.proxyUrl,
      config: cluster.execConfig,
    },
  };
}

/** Parses a plugin's ExecCredential. @throws KubeconfigError Invalid, without quoting the output */
function parseOutput(output: string, exec: ExecEntry): Held {
  const fail = (why: string) =>
    new KubeconfigError('Invalid', `exec plugin '${exec.command}' answered ${why}`);
  const answer = parseAnswer(output);
  if (!isRecord(answer) || answer['kind'] !== 'ExecCredential') throw fail('no ExecCredential');
  if (answer['apiVersion'] !== exec.apiVersion) throw fail('in another apiVersion than asked for');
  const status = isRecord(answer['status']) ? answer['status'] : {};
  const credential = credentialOf(status);
  if (credential === undefined) throw fail('neither a token nor a certificate that can be used');
  const expiresAt = Date.parse(text(status['expirationTimestamp']) ?? never);
  if (Number.isNaN(expiresAt)) throw fail('an expirationTimestamp that is none');
  return { credential, expiresAt };
}

function credentialOf(status: Record<string, unknown>): Credential | undefined {
  const [token, cert, key] = ['token', 'clientCertificateData', 'clientKeyData'].map((field) =>
    text(status[field]),
  );
  const credential: Credential = {};
  if (token !== undefined) {
    if (!/^[\x21-\x7e]+$/.test(token)) return undefined;
    credential.authorization = `Bearer ${token}`;
  }
  if (cert !== undefined && key !== undefined) credential.certificate = { cert, key };
  return Object.keys(credential).length === 0 ? undefined : credential;
}

function parseAnswer(output: string): unknown {
  try {
    return parseJson(output);
  } catch {
    return undefined;
  }
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

import { readFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { ProxyEndpoint } from '../../controllers/reconciler-account/decide-kubeconfig.ts';

/** How often the file is looked at: a kubelet writes it within a minute anyway. */
const lookMs = 10_000;

/** The tenant proxy as kubeconfigs are to lead to it, now and after each change. */
export interface FollowedEndpoint {
  current(): ProxyEndpoint;
  onChange(listener: () => void): void;
}

export interface FollowOptions {
  /** `--proxy-url`. */
  server: string;
  /** `--proxy-ca-path`: PEM, one certificate or several. */
  caPath: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/**
 * Reads the proxy's authorities, and follows the file: one that is being replaced, or holds none, is
 * left alone. Throws when there is none at first.
 */
export async function followEndpoint(options: FollowOptions): Promise<FollowedEndpoint> {
  const { server, caPath, clock, log, signal } = options;
  const listeners = new Set<() => void>();
  let ca = await readAuthorities(caPath);
  const look = async () => {
    const found = await readAuthorities(caPath);
    if (found === ca) return;
    ca = found;
    log.info('the authorities of the tenant proxy have changed', { path: caPath });
    for (const listener of listeners) listener();
  };
  const again = () => {
    if (signal.aborted) return;
    clock.after(lookMs, () => {
      look()
        .catch((error: unknown) => {
          log.error('the authorities of the tenant proxy cannot be read', error, { path: caPath });
        })
        .finally(again);
    });
  };
  again();
  return {
    current: () => ({ server, ca }),
    onChange: (listener) => void listeners.add(listener),
  };
}

/** Throws, without a word of the content, for a file that begins with no certificate. */
async function readAuthorities(path: string): Promise<string> {
  const pem = await readFile(path, 'utf8');
  if (isCertificate(pem)) return pem;
  throw new Error(
    `${path} holds no certificate in PEM: --proxy-ca-path names the proxy's authority`,
  );
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

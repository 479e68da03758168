import { X509Certificate } from 'node:crypto';
import { sleep, type Clock } from '../../base/clock.ts';
import { isAbort } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { configMapType } from '../../kube/core-resources.ts';

/** Who may have issued client certificates, kept as the API server has it. */
export interface ClientAuthorities {
  /** PEM, for TLS; empty: nobody. */
  pem(): string;
  certificates(): readonly X509Certificate[];
  onChange(listener: () => void): void;
}

/** Where every API server says whom it trusts with client certificates. */
const published = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
const lookMs = 60_000;

/**
 * Reads the authorities of client certificates from where the API server publishes them, again each
 * minute. `fallbackPem`, the authority of the API server's own certificate, counts where that may not
 * be read.
 */
export async function watchClientAuthorities(options: {
  client: Pick<KubeClient, 'get'>;
  fallbackPem: string | undefined;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}): Promise<ClientAuthorities> {
  const { client, clock, log, signal } = options;
  const listeners: (() => void)[] = [];
  const read = async (known: string | undefined): Promise<string> => {
    try {
      const object = await client.get(configMapType, published, { signal });
      const data = object['data'] as Record<string, string> | undefined;
      return data?.['client-ca-file'] ?? '';
    } catch (error) {
      const isRefused = error instanceof KubeApiError && (error.code === 403 || error.code === 404);
      if (isRefused) return options.fallbackPem ?? '';
      // What is known stays good; at the start there is nothing yet.
      if (known === undefined) throw error;
      log.error('the authorities of client certificates cannot be read', error);
      return known;
    }
  };
  let current = parsed(await read(undefined));
  const follow = async () => {
    for (;;) {
      await sleep(clock, lookMs, signal);
      const pem = await read(current.pem);
      if (pem === current.pem) continue;
      current = parsed(pem);
      for (const listener of listeners) listener();
    }
  };
  follow().catch((error: unknown) => {
    if (!signal.aborted && !isAbort(error)) {
      log.error('the authorities of client certificates are no longer watched', error);
    }
  });
  return {
    pem: () => current.pem,
    certificates: () => current.certificates,
    onChange: (listener) => void listeners.push(listener),
  };
}

function parsed(pem: string): { pem: string; certificates: X509Certificate[] } {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return { pem, certificates: blocks.map((block) => new X509Certificate(block)) };
}

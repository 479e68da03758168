import { openEndpoint, type Endpoint } from './http-endpoint.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsServerOptions {
  /** `--metrics-addr`, `:8080` by default. */
  address: string;
  metrics: Pick<Metrics, 'text' | 'contentType'>;
}

/** Serves `/metrics` as Prometheus scrapes it. */
export function openMetricsServer({ address, metrics }: MetricsServerOptions): Promise<Endpoint> {
  return openEndpoint(address, async (path) =>
    path === '/metrics'
      ? { status: 200, type: metrics.contentType, body: await metrics.text() }
      : undefined,
  );
}

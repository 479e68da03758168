/** What the manager tells about itself. */
export interface ManagerMetrics {
  /** `<verb> <resource>` to requests so far. */
  requests: Map<string, number>;
  /** Builds by the engine so far. */
  renders: number;
  /** What they took together. */
  renderSeconds: number;
  /** Event-loop delay since the last scrape, 99th percentile. */
  loopDelayMs: number;
}

/** Scrapes /metrics. */
export async function scrapeManager(url: string): Promise<ManagerMetrics> {
  const text = await (await fetch(url)).text();
  const metrics: ManagerMetrics = {
    requests: new Map(),
    renders: 0,
    renderSeconds: 0,
    loopDelayMs: 0,
  };
  for (const line of text.split('\n')) {
    // A tenant that leaves the queue because another's build serves it too counts as aborted.
    if (line.startsWith('tenantry_render_') && !line.includes('result="ok"')) continue;
    const sample = /^(\w+)\{(.*)\} (\S+)$/.exec(line);
    if (!sample) continue;
    const [, name = '', labels = '', value = ''] = sample;
    count(metrics, name, { labels, value: Number(value) });
  }
  return metrics;
}

function count(
  metrics: ManagerMetrics,
  name: string,
  { labels, value }: { labels: string; value: number },
): void {
  switch (name) {
    case 'tenantry_api_requests_total': {
      const key = `${label(labels, 'verb')} ${label(labels, 'resource')}`;
      metrics.requests.set(key, (metrics.requests.get(key) ?? 0) + value);
      break;
    }
    case 'tenantry_render_duration_seconds_count':
      metrics.renders += value;
      break;
    case 'tenantry_render_duration_seconds_sum':
      metrics.renderSeconds += value;
      break;
    case 'nodejs_eventloop_lag_seconds':
      if (label(labels, 'quantile') === '0.99') metrics.loopDelayMs = value * 1000;
      break;
  }
}

function label(labels: string, name: string): string {
  return new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
}

/** Requests made between two scrapes, most frequent first. */
export function requestsBetween(
  before: ManagerMetrics,
  after: ManagerMetrics,
): Record<string, number> {
  const made = [...after.requests]
    .map(([key, count]) => [key, count - (before.requests.get(key) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .sort(([, one], [, two]) => two - one);
  return Object.fromEntries(made);
}

/** Sums `<verb> <resource>` by verb. */
export function byVerb(requests: Record<string, number>): Record<string, number> {
  const verbs: Record<string, number> = {};
  for (const [key, count] of Object.entries(requests)) {
    const verb = key.split(' ')[0] ?? '';
    verbs[verb] = (verbs[verb] ?? 0) + count;
  }
  return verbs;
}

const writeVerbs = new Set(['apply', 'create', 'patch', 'update', 'delete']);

/** How many of the requests change something. */
export function writesOf(requests: Record<string, number>): number {
  const verbs = Object.entries(byVerb(requests));
  return verbs.reduce((sum, [verb, count]) => sum + (writeVerbs.has(verb) ? count : 0), 0);
}

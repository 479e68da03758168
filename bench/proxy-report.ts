import type { Latency } from './latency.ts';
import type { ProxyResults } from './proxy.ts';

/** The table of a run. */
export function formatProxy({ options, get, list, throughput, memory }: ProxyResults): string {
  const share = (100 * throughput.through) / throughput.direct;
  return [
    line('get', get),
    line(`list ${list.items} of ${options.namespaces} namespaces`, list),
    `gets a second, direct → through: ${throughput.direct.toFixed(0)} → ${throughput.through.toFixed(0)} (${share.toFixed(0)} %), ${throughput.proxyCpuMs.toFixed(2)} ms of the proxy's processor each`,
    `memory of the proxy: ${memory.atRestMb.toFixed(0)} MB at rest, ${memory.withWatchesMb.toFixed(0)} MB with ${options.watches} watches, ${memory.afterMb.toFixed(0)} MB after them`,
  ].join('\n');
}

function line(what: string, { direct, through }: { direct: Latency; through: Latency }): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const part = (which: 'p50' | 'p99') =>
    `${which} ${ms(direct[which])} → ${ms(through[which])}, added ${ms(through[which] - direct[which])}`;
  return `${what}, direct → through: ${part('p50')}; ${part('p99')}`;
}

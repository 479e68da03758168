import { byVerb, writesOf } from './manager-metrics.ts';
import type { Phase } from './measure.ts';
import { failingCount, type Latency } from './neighbour.ts';
import type { Results } from './run-bench.ts';

/** The table of a run: ratios and counts first, seconds for orientation. */
export function formatResults(results: Results): string {
  const { options, phases, floor, restMb, steadyWritesPerMinute, peakMb } = results;
  const { count, workers, interval, shared } = options;
  const builds = shared ? 'one shared build' : 'one build each';
  return [
    `${count} Kustomizations of 4 objects, ${builds}, interval ${interval}, ${workers} workers`,
    '',
    ...columns([header, ...phases.map((phase) => rowOf(phase, count))]),
    '',
    `floor: install ${seconds(floor.install.seconds)} (${seconds(floor.installHealthy)} until Kubernetes had dealt with the Deployments), no-op ${seconds(floor.noop.seconds)}, upgrade ${seconds(floor.upgrade.seconds)} (${seconds(floor.upgradeHealthy)})`,
    `steady state: ${steadyWritesPerMinute.toFixed(1)} writes per minute`,
    `memory, manager and engines: ${restMb.toFixed(0)} MB at rest, ${peakMb.toFixed(0)} MB peak`,
    ...(results.neighbour ? [neighbourLine(results.neighbour)] : []),
    `requests per Kustomization are those of the manager; CPU: API server / etcd / ours`,
  ].join('\n');
}

const header = [
  'PHASE',
  '× FLOOR',
  '× ITS CPU',
  'SECONDS',
  'REQ/K',
  'BY VERB',
  'WRITES',
  'RENDERS',
  'CPU s',
  'PEAK MB',
  'LOOP p99 ms',
];

function rowOf(phase: Phase, count: number): string[] {
  const { name, requests, cpuSeconds, floor } = phase;
  const total = Object.values(requests).reduce((sum, n) => sum + n, 0);
  const verbs = Object.entries(byVerb(requests)).sort(([, one], [, two]) => two - one);
  const { apiServer, etcd, ours } = cpuSeconds;
  return [
    name,
    floor ? (phase.seconds / floor.seconds).toFixed(2) : '',
    floor ? ((apiServer + etcd) / floor.cpuSeconds).toFixed(2) : '',
    phase.seconds.toFixed(2),
    (total / count).toFixed(2),
    verbs.map(([verb, n]) => `${verb} ${(n / count).toFixed(2)}`).join(', '),
    String(writesOf(requests)),
    phase.renders === 0
      ? '0'
      : `${phase.renders} of ${millis(phase.renderSeconds / phase.renders)}`,
    [apiServer, etcd, ours].map((value) => value.toFixed(1)).join(' / '),
    phase.peakMb.toFixed(0),
    phase.loopDelayMs.toFixed(0),
  ];
}

function neighbourLine({ solo, beside }: NonNullable<Results['neighbour']>): string {
  const of = ({ p50, p99 }: Latency) => `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`;
  const ratio = (beside.p99 / solo.p99).toFixed(2);
  return `a tenant's change until Ready: alone ${of(solo)}; beside ${failingCount} that fail and a build that never ends ${of(beside)}: p99 × ${ratio}`;
}

const millis = (value: number) => `${(value * 1000).toFixed(0)} ms`;
const seconds = (value: number) => `${value.toFixed(2)} s`;

function columns(rows: string[][]): string[] {
  const widths = header.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

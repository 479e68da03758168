import { byVerb, writesOf } from './manager-metrics.ts';
import type { Phase } from './measure.ts';
import type { Cost } from './floor.ts';
import type { Latency } from './latency.ts';
import { failingCount } from './neighbour.ts';
import type { FleetResults, NeighbourResults, Results } from './run-bench.ts';

/** The table of a run: ratios and counts first, seconds for orientation. */
export function formatResults(results: Results): string {
  const { options, phases, fleet, neighbour } = results;
  const { count, workers, interval, shared } = options;
  const builds = shared ? 'one shared build' : 'one build each';
  return [
    `${count} Kustomizations of 4 objects, ${builds}, interval ${interval}, ${workers} workers`,
    '',
    ...columns([header, ...phases.map((phase) => rowOf(phase, count, floorOf(phase, fleet)))]),
    '',
    ...(fleet ? fleetLines(fleet) : []),
    ...(neighbour ? neighbourLines(neighbour) : []),
    `requests per Kustomization are those of the manager; CPU: API server / etcd / controllers / manager / engines`,
  ].join('\n');
}

function fleetLines({ floor, steadyWritesPerMinute, restMb, peakMb }: FleetResults): string[] {
  const { install, noop, upgrade } = floor;
  const [installed, upgraded] = [install, upgrade].map((cost) => seconds(cost.healthySeconds));
  return [
    `floor: install ${seconds(install.seconds)} (${installed} until Kubernetes had dealt with the Deployments), no-op ${seconds(noop.seconds)}, upgrade ${seconds(upgrade.seconds)} (${upgraded})`,
    `steady state: ${steadyWritesPerMinute.toFixed(1)} writes per minute`,
    `memory, manager and engines: ${restMb.toFixed(0)} MB at rest, ${peakMb.toFixed(0)} MB peak`,
  ];
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

/** What the bare loop took for the same writes. */
function floorOf({ name }: Phase, fleet: FleetResults | undefined): Cost | undefined {
  const { install, noop, upgrade } = fleet?.floor ?? {};
  return { install, 'no-op': noop, upgrade }[name];
}

function rowOf(phase: Phase, count: number, floor: Cost | undefined): string[] {
  const { name, requests, cpuSeconds } = phase;
  const total = Object.values(requests).reduce((sum, n) => sum + n, 0);
  const verbs = Object.entries(byVerb(requests)).sort(([, one], [, two]) => two - one);
  const { apiServer, etcd, controllers, manager, engines } = cpuSeconds;
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
    [apiServer, etcd, controllers, manager, engines].map((value) => value.toFixed(1)).join(' / '),
    phase.peakMb.toFixed(0),
    phase.loopDelayMs.toFixed(0),
  ];
}

function neighbourLines({ solo, beside, rounds }: NeighbourResults): string[] {
  const of = ({ samples, p50, p90, p99 }: Latency) =>
    `p50 ${p50.toFixed(0)} ms, p90 ${p90.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms of ${samples}`;
  const ratio = (one: number, other: number) => (one / other).toFixed(2);
  const ratios = (one: Latency, other: Latency) =>
    `${ratio(one.p50, other.p50)} ${ratio(one.p90, other.p90)} ${ratio(one.p99, other.p99)}`;
  const each = rounds.beside.map((one, round) => ratios(one, rounds.solo[round] ?? solo));
  return [
    `a tenant's change until Ready, alone: ${of(solo)}`,
    `beside ${failingCount} that fail and a build that never ends: ${of(beside)}`,
    `× alone, of p50, p90, p99: ${ratios(beside, solo)}; round by round: ${each.join(', ')}`,
  ];
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

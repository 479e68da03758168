import type { KubeObject } from '../../src/kube/object.ts';
import type { Stage } from './stage.ts';
import { conditionOf, revisionOf, types } from './world.ts';

interface Timed extends KubeObject {
  status?: { history?: { lastReconciledDuration?: string }[] };
}

/** The table the demo ends with, and what to type next. */
export async function printSummary({
  world,
  kubeconfig,
  kubectl,
  metricsUrl,
  artifactsUrl,
}: Stage): Promise<void> {
  const { admin, report } = world;
  const sources = await admin.list<Timed>(types.gitRepository);
  const kustomizations = await admin.list<Timed>(types.kustomization);
  const row = (object: Timed) => [
    object.metadata.namespace ?? '',
    `${object.kind}/${object.metadata.name}`,
    shortRevision(revisionOf(object)),
    conditionOf(object, 'Ready')?.status ?? 'Unknown',
    conditionOf(object, 'Ready')?.reason ?? '',
    object.status?.history?.[0]?.lastReconciledDuration ?? '',
  ];
  report.table(
    ['TENANT', 'OBJECT', 'REVISION', 'READY', 'REASON', 'LAST RUN'],
    [...sources.items, ...kustomizations.items].map(row),
  );
  console.log(`\n${report.passed} checks held, ${report.failed} did not.\n`);
  console.log(`export KUBECONFIG=${kubeconfig}`);
  for (const [command, meaning] of [
    [`${kubectl} get gitrepositories,kustomizations -A`, 'sources and Kustomizations'],
    [`${kubectl} -n tenant-a get all,configmaps --show-labels`, 'what a tenant deployed'],
    [
      `${kubectl} -n tenant-a get deployments --as user-b@example.com`,
      'a neighbour looks: refused',
    ],
    [`${kubectl} get events -A --sort-by=.lastTimestamp`, 'what happened'],
    [`curl -s ${metricsUrl} | grep gotk_`, 'metrics'],
    [`curl -si ${artifactsUrl}`, 'an artifact without a token: refused'],
  ] as const) {
    console.log(`  ${command}   # ${meaning}`);
  }
  console.log('');
}

function shortRevision(revision: string): string {
  return revision.replace(/(sha1:[0-9a-f]{8})[0-9a-f]+$/, '$1');
}

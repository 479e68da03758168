import { allKinds, findKind } from '../api/kinds.ts';
import type { KubeObject } from '../kube/object.ts';
import { onCluster, streamFromCluster, type Cluster } from './cluster/connect.ts';
import {
  allNamespacesOption,
  clusterOptions,
  namespaceOption,
  tableOption,
  textOption,
  timeoutOption,
} from './cluster/options.ts';
import { UsageError, type Command, type CommandInput } from './command.ts';
import { conditionOf } from './objects/facts.ts';
import { follow, merge } from './objects/follow.ts';
import { listObjects, readObject } from './objects/read.ts';
import { formatRows, rowOf, type Row } from './objects/row.ts';
import { parseTargets, shortName, type AnyKind, type Target } from './objects/target.ts';

/** What `get` shows, at once or as it comes. */
export interface Listing {
  items: Row[];
  allNamespaces: boolean;
  /** More than one kind was asked for. */
  severalKinds: boolean;
}

/** `tenantry get`: what objects say of themselves. */
export const getCommand: Command = {
  name: 'get',
  summary: 'show objects, their revision and whether they are ready',
  details: `Examples:
  tenantry get                                    all kinds in the namespace of the context
  tenantry get ks -A                              all Kustomizations
  tenantry get ks/app gitrepo/fleet -n team-a
  tenantry get all -A --status-selector ready=false
  tenantry get ks -n team-a --watch
  tenantry get sources git -A -o json
  tenantry get tenants
  tenantry get tenantowners,capsuleconfigurations`,
  arguments: [
    {
      name: '[target...]',
      description: 'KIND, KIND NAME... or KIND/NAME...; all kinds by default',
      suggestions: ['all', ...allKinds.map(shortName)],
    },
  ],
  options: [
    ...clusterOptions,
    namespaceOption,
    allNamespacesOption,
    {
      flag: '--status-selector <condition>',
      description: 'only where a condition has this status: ready=false, stalled=true, ready!=true',
    },
    { flag: '-w, --watch', description: 'go on and show changes as they happen' },
    timeoutOption('1m'),
    tableOption,
  ],
  run: (input) => {
    const request = parseRequest(input);
    if (input.options['watch'] === true) {
      return Promise.resolve(streamFromCluster(input, (cluster) => watch(cluster, request, input)));
    }
    return onCluster(input, async (cluster) => {
      const items = await list(cluster, request);
      if (items.length === 0) input.progress('No objects found.');
      return listingOf(items, request);
    });
  },
  print: ({ items, allNamespaces, severalKinds }: Listing, isNext = false) =>
    [...Map.groupBy(items, ({ kind }) => kind).values()]
      .map((rows) =>
        formatRows(rows, kindOfRow, {
          withNamespace: allNamespaces,
          withKind: severalKinds,
          header: !isNext,
        }),
      )
      .join(isNext ? '\n' : '\n\n'),
};

function listingOf(items: Row[], { targets, allNamespaces }: GetRequest): Listing {
  return { items, allNamespaces, severalKinds: new Set(targets.map(({ kind }) => kind)).size > 1 };
}

interface GetRequest {
  targets: Target[];
  allNamespaces: boolean;
  isWanted(object: KubeObject): boolean;
}

function parseRequest({ args, options }: CommandInput): GetRequest {
  const targets = parseTargets(args.length === 0 ? ['all'] : args, allKinds);
  const allNamespaces = options['allNamespaces'] === true;
  if (allNamespaces && targets.some(({ name }) => name !== undefined)) {
    throw new UsageError('a name and --all-namespaces: say which namespace with --namespace');
  }
  return { targets, allNamespaces, isWanted: parseSelector(textOption(options, 'statusSelector')) };
}

function parseSelector(text: string | undefined): GetRequest['isWanted'] {
  if (text === undefined) return () => true;
  const match = /^([A-Za-z]+)(!?=)([A-Za-z]+)$/.exec(text.trim());
  if (!match) {
    throw new UsageError(`--status-selector: '${text}' is not like ready=false or ready!=true`);
  }
  const [, type = '', operator, status = ''] = match;
  return (object) => {
    const names = typesOf(object).find((name) => name.toLowerCase() === type.toLowerCase());
    const found = names === undefined ? undefined : conditionOf(object, names)?.status;
    return (found?.toLowerCase() === status.toLowerCase()) === (operator === '=');
  };
}

function typesOf(object: KubeObject): string[] {
  const { status } = object as { status?: { conditions?: { type?: unknown }[] } };
  return (status?.conditions ?? []).map(({ type }) => String(type));
}

async function list(
  cluster: Cluster,
  { targets, allNamespaces, isWanted }: GetRequest,
): Promise<Row[]> {
  const namespace = allNamespaces ? undefined : cluster.namespace;
  const found = await Promise.all(
    targets.map(async ({ kind, name }) => {
      const objects =
        name === undefined
          ? await listObjects(cluster, kind, namespace)
          : [await readObject(cluster, { kind, name, namespace: cluster.namespace })];
      return objects.filter(isWanted).map((object) => rowOf(kind, object));
    }),
  );
  return found.flat();
}

/** What there is, and then each change as a listing of its own. */
async function* watch(
  cluster: Cluster,
  request: GetRequest,
  { progress }: Pick<CommandInput, 'progress'>,
): AsyncGenerator<Listing> {
  const { targets, allNamespaces, isWanted } = request;
  const { client, signal } = cluster;
  async function* sightsOf({ kind, name }: Target) {
    const namespace = allNamespaces ? undefined : cluster.namespace;
    const fieldSelector = name === undefined ? undefined : `metadata.name=${name}`;
    const scope = kind.type.namespaced ? namespace : undefined;
    const watched = { client, type: kind.type, namespace: scope, fieldSelector, signal, progress };
    for await (const sight of follow(watched)) {
      if (sight.type === 'removed') continue;
      const objects = sight.type === 'all' ? sight.objects : [sight.object];
      yield objects.filter(isWanted).map((object) => rowOf(kind, object));
    }
  }
  for await (const items of merge(targets.map(sightsOf))) {
    if (items.length > 0) yield listingOf(items, request);
  }
}

const kindOfRow = (row: Row): AnyKind => findKind(row.kind, allKinds) as AnyKind;

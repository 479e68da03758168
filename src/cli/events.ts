import { kinds } from '../api/kinds.ts';
import { KubeApiError } from '../kube/api-error.ts';
import { eventType } from '../kube/events.ts';
import type { KubeObject } from '../kube/object.ts';
import { onCluster, streamFromCluster, type Cluster } from './cluster/connect.ts';
import {
  allNamespacesOption,
  clusterOptions,
  listOption,
  namespaceOption,
  tableOption,
  textOption,
  timeoutOption,
} from './cluster/options.ts';
import { UsageError, type Command, type CommandInput } from './command.ts';
import { eventRowOf, formatEventRows, isOurs, type EventRow } from './objects/event-row.ts';
import { sourceOf } from './objects/facts.ts';
import { follow, merge } from './objects/follow.ts';
import { readObject } from './objects/read.ts';
import { parseOneTarget, targetArgument, type NamedTarget } from './objects/target.ts';

/** Whose events, and where. */
interface Subject {
  /** All namespaces when absent. */
  namespace: string | undefined;
  /** All objects of our kinds when absent. */
  about?: { kind: string; name: string };
  /** Read if the user may: the source of what was asked for. */
  isExtra?: true;
}

/** `tenantry events`: what happened. */
export const eventsCommand: Command = {
  name: 'events',
  summary: 'show what happened to objects and to their sources',
  details: `Examples:
  tenantry events -n team-a                      all objects of ours in the namespace
  tenantry events ks/app -n team-a               the object, and its source
  tenantry events --for ks/app --types Warning
  tenantry events ks/app -n team-a --watch`,
  arguments: [targetArgument('[target...]')],
  options: [
    ...clusterOptions,
    namespaceOption,
    allNamespacesOption,
    { flag: '--for <target>', description: 'an object, as KIND/NAME' },
    { flag: '--types <type>', description: 'Normal or Warning; repeatable', repeatable: true },
    { flag: '-w, --watch', description: 'go on and show events as they happen' },
    timeoutOption('1m'),
    tableOption,
  ],
  run: (input) => {
    const request = parseRequest(input);
    if (input.options['watch'] === true) {
      return Promise.resolve(streamFromCluster(input, (cluster) => watch(cluster, request, input)));
    }
    return onCluster(input, async (cluster) => {
      const rows = await list(cluster, request, input);
      if (rows.length === 0) input.progress('No events found.');
      return rows;
    });
  },
  print: (rows: EventRow[], isNext = false) => formatEventRows(rows, { header: !isNext }),
};

interface EventsRequest {
  target: NamedTarget | undefined;
  allNamespaces: boolean;
  types: string[];
}

function parseRequest({ args, options }: CommandInput): EventsRequest {
  const named = textOption(options, 'for');
  const words = named === undefined ? args : [named, ...args];
  const allNamespaces = options['allNamespaces'] === true;
  const target = words.length === 0 ? undefined : parseOneTarget(words);
  if (target && allNamespaces) {
    throw new UsageError('a name and --all-namespaces: say which namespace with --namespace');
  }
  const types = listOption(options, 'types').flatMap((text) => text.split(','));
  return { target, allNamespaces, types };
}

async function subjectsOf(
  cluster: Cluster,
  { target, allNamespaces }: EventsRequest,
): Promise<Subject[]> {
  const { namespace } = cluster;
  if (!target) return [{ namespace: allNamespaces ? undefined : namespace }];
  const { kind, name } = target;
  const object = await readObject(cluster, { ...target, namespace });
  const source = sourceOf(kind, object);
  return [
    { namespace, about: { kind: kind.kind, name } },
    ...(source ? [{ namespace: source.namespace, about: source, isExtra: true } as const] : []),
  ];
}

const selectorOf = ({ about }: Subject) =>
  about && `involvedObject.kind=${about.kind},involvedObject.name=${about.name}`;

const isWanted = (event: KubeObject, subject: Subject, types: readonly string[]) =>
  (types.length === 0 || types.includes(String(event['type']))) &&
  isOurs(event, subject.about ? [subject.about.kind] : kinds.map(({ kind }) => kind));

async function list(
  cluster: Cluster,
  request: EventsRequest,
  { progress }: Pick<CommandInput, 'progress'>,
): Promise<EventRow[]> {
  const { client, signal } = cluster;
  const lists = (await subjectsOf(cluster, request)).map(async (subject) => {
    const { namespace } = subject;
    const fieldSelector = selectorOf(subject);
    const scope = {
      ...(namespace === undefined ? {} : { namespace }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
    try {
      const { items } = await client.list(eventType, { ...scope, signal });
      return items.filter((event) => isWanted(event, subject, request.types)).map(eventRowOf);
    } catch (error) {
      if (!leavesOut(subject, error)) throw error;
      progress(`► events of its source are not shown: you may not read them in '${namespace}'`);
      return [];
    }
  });
  const rows = (await Promise.all(lists)).flat();
  return rows.sort((one, other) => one.lastSeen.localeCompare(other.lastSeen));
}

/** A tenant may not read what happens where a shared source lives. */
const leavesOut = ({ isExtra }: Subject, error: unknown) =>
  isExtra === true && error instanceof KubeApiError && error.code === 403;

async function* watch(
  cluster: Cluster,
  request: EventsRequest,
  { progress }: Pick<CommandInput, 'progress'>,
): AsyncGenerator<EventRow[]> {
  const { client, signal } = cluster;
  async function* eventsOf(subject: Subject): AsyncGenerator<EventRow[]> {
    const { namespace } = subject;
    const fieldSelector = selectorOf(subject);
    const watched = { client, type: eventType, namespace, fieldSelector, signal, progress };
    try {
      for await (const sight of follow(watched)) {
        if (sight.type === 'removed') continue;
        const events = sight.type === 'all' ? sight.objects : [sight.object];
        const wanted = events.filter((event) => isWanted(event, subject, request.types));
        const rows = wanted.map(eventRowOf);
        yield rows.sort((one, other) => one.lastSeen.localeCompare(other.lastSeen));
      }
    } catch (error) {
      if (!leavesOut(subject, error)) throw error;
      progress(`► events of its source are not shown: you may not read them in '${namespace}'`);
    }
  }
  for await (const rows of merge((await subjectsOf(cluster, request)).map(eventsOf))) {
    if (rows.length > 0) yield rows;
  }
}

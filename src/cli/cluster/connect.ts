import type { KubeClient } from '../../kube/client.ts';
import { createClient, type ClosableClient } from '../../kube/connect.ts';
import {
  IdentityError,
  serviceAccountIdentity,
  userIdentity,
  type Identity,
} from '../../kube/identity.ts';
import { KubeconfigError } from '../../kube/kubeconfig-document.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import { isAbort } from '../../base/errors.ts';
import { formatDuration } from '../../base/duration.ts';
import { UsageError, type CommandInput, type OptionValues } from '../command.ts';
import { explainFailure } from './explain-failure.ts';
import { listOption, textOption, timeoutMsOf } from './options.ts';

/** A cluster as the user of a command sees it. */
export interface Cluster {
  /** Acts as the user, or as whom `--as` names. */
  client: KubeClient;
  /** Acts as the kubeconfig's user, and can become somebody else. */
  own: ClosableClient;
  /** `--namespace`, or that of the context. */
  namespace: string;
  /** Aborts on Ctrl-C and when `--timeout` is over. */
  signal: AbortSignal;
}

/**
 * Runs `work` against the cluster that the options name, ends its connections, and says of
 * failures what the user can do about them.
 *
 * @throws UsageError for options that cannot be; an Error with a message for people for the rest.
 */
export async function onCluster<T>(
  input: Pick<CommandInput, 'options' | 'signal'>,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const timeoutMs = timeoutMsOf(input.options);
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  try {
    const signal = timeout ? AbortSignal.any([input.signal, timeout]) : input.signal;
    await using own = await connect(input.options);
    const { options } = input;
    const identity = identityOf(options);
    const client = identity ? own.client.as(identity) : own.client;
    const namespace = textOption(options, 'namespace') ?? own.namespace;
    return await work({ client, own: own.client, namespace, signal });
  } catch (error) {
    const isOver = timeout?.aborted === true && !input.signal.aborted && isTimeout(error);
    if (isOver) {
      throw new Error(`not done within ${formatDuration(timeoutMs ?? 0)}`, { cause: error });
    }
    throw explainFailure(error);
  }
}

/** {@link onCluster} for work that goes on: what it yields is printed as it comes. */
export async function* streamFromCluster<T>(
  input: Pick<CommandInput, 'options' | 'signal'>,
  work: (cluster: Cluster) => AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    await using own = await connect(input.options);
    const identity = identityOf(input.options);
    const client = identity ? own.client.as(identity) : own.client;
    const namespace = textOption(input.options, 'namespace') ?? own.namespace;
    yield* work({ client, own: own.client, namespace, signal: input.signal });
  } catch (error) {
    throw explainFailure(error);
  }
}

interface Connection extends AsyncDisposable {
  client: ClosableClient;
  namespace: string;
}

async function connect(options: OptionValues): Promise<Connection> {
  const file = textOption(options, 'kubeconfig');
  const context = textOption(options, 'context');
  try {
    const cluster = await loadKubeconfig({
      ...(file === undefined ? {} : { paths: [file] }),
      ...(context === undefined ? {} : { context }),
    });
    const client = createClient({ cluster, userAgent: 'tenantry-cli' });
    const { namespace } = cluster;
    return { client, namespace, [Symbol.asyncDispose]: () => client.close() };
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new UsageError(`${error.message}; name a kubeconfig with --kubeconfig`);
  }
}

const serviceAccount = /^system:serviceaccount:([^:]+):([^:]+)$/;

function identityOf(options: OptionValues): Identity | undefined {
  const user = textOption(options, 'as');
  const groups = listOption(options, 'asGroup');
  if (user === undefined) {
    if (groups.length > 0) throw new UsageError('--as-group needs --as');
    return undefined;
  }
  const [, namespace, name] = serviceAccount.exec(user) ?? [];
  try {
    if (namespace === undefined || name === undefined) return userIdentity(user, groups);
    if (groups.length === 0) return serviceAccountIdentity(namespace, name);
  } catch (error) {
    if (error instanceof IdentityError) throw new UsageError(`--as: ${error.message}`);
    throw error;
  }
  throw new UsageError('--as-group: a ServiceAccount has the groups that Kubernetes gives it');
}

const isTimeout = (error: unknown) =>
  isAbort(error) || (error instanceof Error && error.name === 'TimeoutError');

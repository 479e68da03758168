import type { KubeObject } from '../../kube/object.ts';
import type { Cluster } from '../cluster/connect.ts';
import { followOne } from './follow.ts';
import { formatTarget, type NamedTarget } from './target.ts';
import { shorten } from './facts.ts';
import { plain } from '../table.ts';
import { verdictOn, type Request, type Verdict } from './verdict.ts';

/**
 * Watches an object until what was asked of it is done; resolves with it. Tells each new reason to
 * wait. Throws, with its message, when it failed, and what it waited for last when time is up.
 */
export async function awaitVerdict(
  { client, signal }: Pick<Cluster, 'client' | 'signal'>,
  target: NamedTarget & { namespace?: string },
  options: { request?: Request; progress(line: string): void },
): Promise<KubeObject> {
  const { kind, name, namespace } = target;
  const { request, progress } = options;
  const title = formatTarget(target);
  let last: Verdict | undefined;
  const sights = followOne({ client, type: kind.type, namespace, name, signal, progress });
  for await (const object of sights) {
    const verdict = verdictOn(object, request);
    if (verdict.state === 'ready' && object) return object;
    if (verdict.state === 'failed') {
      throw new Error(`${title} failed: ${shorten(verdict.message)}`);
    }
    if (verdict.message !== last?.message)
      progress(`◎ ${title}: ${shorten(plain(verdict.message))}`);
    last = verdict;
  }
  const reason: unknown = signal.reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    const state = last ? `: ${shorten(last.message)}` : '';
    throw new Error(`time is up for ${title}${state}`);
  }
  throw reason;
}

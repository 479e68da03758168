import { messageOf } from '../../base/errors.ts';
import { isAllowed, type ResourceAttributes } from '../../kube/access-review.ts';
import { KubeApiError, KubeTransportError } from '../../kube/api-error.ts';
import type { KubeObject } from '../../kube/object.ts';
import { isImpersonationRefused } from '../cluster/explain-failure.ts';
import { decisionOf } from '../denial/decision.ts';
import { allowed, refused, skipped, untried, type Outcome, worstOf } from './outcome.ts';
import { NotServedError, type Request } from './target.ts';
import { attackersOf, type Person, type World } from './world.ts';

/** One way to carry out an attack. */
export interface Try {
  /** `by a merge patch`. */
  what: string;
  send: Request;
  /** Whether the answer shows that it came to something; an answer alone says so otherwise. */
  took?(answer: KubeObject): boolean;
  /** What is told of an answer that shows nothing of it. */
  otherwise?: string;
}

export interface TryOptions {
  /** The same without the harm: where even that is refused, the attack says nothing. */
  harmless?: Try;
  people?: readonly Person[];
}

/** Everybody tries everything. */
export async function tryAll(
  world: World,
  tries: readonly Try[],
  { harmless, people = attackersOf(world) }: TryOptions = {},
): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const person of people) {
    const inTheWay = harmless && (await refusalOfHarmless(world, person, harmless));
    if (inTheWay) {
      outcomes.push(inTheWay);
      continue;
    }
    for (const each of tries) outcomes.push(await attempt(world, person, each));
  }
  return worstOf(outcomes);
}

async function refusalOfHarmless(world: World, person: Person, harmless: Try) {
  const { verdict, detail } = await attempt(world, person, harmless);
  if (verdict === 'allowed') return undefined;
  if (verdict === 'skipped') return skipped(detail);
  return untried(`${person.name} may not do what is harmless either (${harmless.what}): ${detail}`);
}

async function attempt(world: World, { client, name }: Person, one: Try): Promise<Outcome> {
  world.signal.throwIfAborted();
  const { what, send, took = () => true, otherwise = 'undone by the cluster' } = one;
  try {
    // Whoever gives `took` sends what is answered with an object.
    const answer = (await send(client)) as KubeObject;
    return took(answer) ? allowed(`${name}, ${what}`) : refused(`${what}: ${otherwise}`);
  } catch (error) {
    return outcomeOf(error, what, world.configuration);
  }
}

/** What an error says about the attack that it ended. */
export function outcomeOf(error: unknown, what: string, configuration: string): Outcome {
  if (error instanceof NotServedError) return skipped(error.message);
  if (error instanceof RefusedError) return refused(error.message);
  if (error instanceof KubeTransportError) return untried(`${what}: ${error.message}`);
  if (!(error instanceof KubeApiError)) throw error;
  // Then it is not the attacker who was refused.
  if (isImpersonationRefused(error)) throw error;
  if (!isRefusal(error)) return untried(`${what}: ${messageOf(error)}`);
  const { ring, by, message } = decisionOf(error, configuration);
  return refused(`${by === undefined ? ring : `${ring}, ${by}`}: ${message}`);
}

/** Whether the API server said no to the attacker, and not that the request makes no sense. */
function isRefusal({ code, message, reason }: KubeApiError): boolean {
  if (code === 403 || /denied (the )?request/.test(message)) return true;
  // Some way in front of the API server hides what is not theirs. A path that is none says it otherwise.
  if (code === 404) return reason === 'NotFound' && !message.includes('requested resource');
  return code === 409 && reason === 'AlreadyExists';
}

/** Refused, by whoever says so otherwise than the API server does. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** For what cannot be tried without doing it: RBAC's own answer (SelfSubjectAccessReview). */
export const asking =
  (attributes: ResourceAttributes): Request =>
  async (client) => {
    if (await isAllowed(client, attributes)) return attributes;
    const { verb, resource, subresource } = attributes;
    const of = subresource === undefined ? resource : `${resource}/${subresource}`;
    throw new RefusedError(`rbac: no role grants '${verb}' on ${of}`);
  };

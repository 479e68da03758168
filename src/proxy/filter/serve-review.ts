import { isRecord, parseJson, stringifyJson } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import { decide } from '../decide/decide.ts';
import { nothing, type Review } from '../decide/decision.ts';
import { isVisible } from '../decide/is-visible.ts';
import type { Readiness } from '../forward/readiness.ts';
import type { Exchange, Upstream, WholeAnswer } from '../forward/upstream.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { Observe } from '../view/observe.ts';
import type { ServedKinds } from '../view/served-kinds.ts';
import { addedRules } from './added-rules.ts';
import { jsonAccept } from './json-accept.ts';
import { readMetadata } from './read-metadata.ts';
import { reviewedAttributes, reviewedRequest } from './reviewed-request.ts';

export interface ReviewDeps {
  observe: Observe;
  upstream: Upstream;
  kinds: ServedKinds;
  client: Pick<KubeClient, 'raw'>;
  /** Asked before anything is denied. */
  readiness: Pick<Readiness, 'assertReady'>;
}

const granted = { allowed: true, reason: 'granted by tenantry proxy' };
const hidden = { allowed: false, reason: 'not shown by tenantry proxy' };

/**
 * Answers what somebody may do, through the proxy: what the API server says; yes to what the proxy would
 * serve beyond that, and no to an object that it hides. It is found out by the same decision that a
 * request would meet.
 */
export async function serveReview(
  exchange: Exchange,
  { of }: Review,
  deps: ReviewDeps,
): Promise<void> {
  const accept = jsonAccept(exchange.request.headers.accept);
  // Who takes no JSON hears the API server alone, which never says too much.
  if (accept === undefined) {
    await deps.upstream.stream(exchange, { as: 'caller' });
    return;
  }
  const answer = await deps.upstream.whole(exchange, { as: 'caller', accept: 'application/json' });
  const edited = of === 'access' ? editAccess : editRules;
  pass(exchange, answer, await edited(reviewIn(answer), exchange, deps));
}

type ReviewObject = Record<string, unknown>;

/** Undefined for what is no review: a refusal, which is passed on as it is. */
function reviewIn({ status, body }: WholeAnswer): ReviewObject | undefined {
  if (status < 200 || status > 299) return undefined;
  const review: unknown = parseJson(Buffer.from(body).toString('utf8'));
  return isRecord(review) && isRecord(review['status']) ? review : undefined;
}

async function editAccess(
  review: ReviewObject | undefined,
  exchange: Exchange,
  deps: ReviewDeps,
): Promise<ReviewObject | undefined> {
  if (!review) return undefined;
  const { status } = review;
  const isOwn = isRecord(status) && status['allowed'] === true;
  const attributes = reviewedAttributes(review['spec']);
  const kind =
    attributes && (await deps.kinds.find(attributes.group, attributes.resource, undefined));
  const served = kind && (await isServed(reviewedRequest(attributes, kind), exchange, deps));
  if (served ?? isOwn) return isOwn ? review : { ...review, status: granted };
  await deps.readiness.assertReady();
  return isOwn ? { ...review, status: hidden } : review;
}

/** Whether the proxy would serve it; undefined where own rights decide. */
async function isServed(
  asked: ApiRequest,
  { caller, signal }: Exchange,
  { observe, client }: ReviewDeps,
): Promise<boolean | undefined> {
  const { view, facts } = await observe(asked, caller, true);
  const decision = decide(asked, view, facts);
  if (decision.kind === 'filter') {
    const isOwnKind = asked.group === '' && asked.resource === 'namespaces';
    // A list that is empty is answered all the same: own rights are not gainsaid.
    return isOwnKind || decision.requirement !== nothing ? true : undefined;
  }
  if (decision.kind !== 'one-visible') return undefined;
  const metadata = await readMetadata(client, asked.path, signal);
  return metadata !== undefined && isVisible(decision.visible, metadata);
}

async function editRules(
  review: ReviewObject | undefined,
  { caller }: Exchange,
  { observe, kinds, readiness }: ReviewDeps,
): Promise<ReviewObject | undefined> {
  const status = review?.['status'];
  if (!review || !isRecord(status)) return review;
  await readiness.assertReady();
  const { view } = await observe(reviewOfRules, caller, false);
  const { resourceRules } = status;
  const known = Array.isArray(resourceRules) ? resourceRules : [];
  const added = addedRules(view, await kinds.all());
  return { ...review, status: { ...status, resourceRules: [...known, ...added] } };
}

/** Any request tells what its caller may see. */
const reviewOfRules: ApiRequest = {
  verb: 'create',
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectrulesreviews',
  path: '',
  query: new URLSearchParams(),
  isResource: false,
  isWatch: false,
};

function pass({ response }: Exchange, answer: WholeAnswer, review: ReviewObject | undefined): void {
  const body = review ? Buffer.from(stringifyJson(review)) : answer.body;
  response.writeHead(answer.status, {
    'content-type': review ? 'application/json' : answer.contentType,
    'content-length': body.length,
    'cache-control': 'no-cache, private',
  });
  response.end(body);
}

import type { KubeClient } from '../../kube/client.ts';
import type { Filter, Visible } from '../decide/decision.ts';
import { visibilityOf } from '../decide/is-visible.ts';
import type { Exchange, Sent, Upstream } from '../forward/upstream.ts';
import { endingWatch } from './ending-watch.ts';
import { filteredTarget } from './filtered-target.ts';
import { itemMetadata } from './item-metadata.ts';
import { json, jsonAccept } from './json-accept.ts';
import { createEventFilter } from './keep-events.ts';
import { keepItems } from './list-items.ts';
import { mediaTypeOf } from './media-type.ts';
import { notAcceptable } from './refusals.ts';
import { shownBefore } from './shown-before.ts';
import { watchForm, watchForms } from './watch-form.ts';

/** A list, or a watch until `isOver`, of what a decision says; the call is the proxy's own. */
export async function serveFilter(
  exchange: Exchange,
  { requirement, keep }: Filter,
  {
    upstream,
    client,
    isOver,
  }: { upstream: Upstream; client: Pick<KubeClient, 'raw'>; isOver: Promise<void> },
): Promise<void> {
  const { asked, request } = exchange;
  const query = new URLSearchParams(asked.query);
  // Without the metadata of the rows nobody could say which to show.
  if (keep && query.get('includeObject') === 'None') query.set('includeObject', 'Metadata');
  const target = filteredTarget(asked.path, query, requirement);
  const accept = acceptFor(exchange, keep !== undefined);
  // The length of an answer without its body would count what is hidden.
  if (keep && request.method === 'HEAD') throw notAcceptable([json]);
  const kept = keep && (await keptOf(exchange, keep, { client, target }));
  await upstream.stream(exchange, {
    as: 'proxy',
    target,
    ...accept,
    ...transformFor(exchange, kept, isOver),
  });
}

/** What of a list or a watch is shown, found out item by item. */
interface Kept {
  keeps(item: unknown): boolean;
  /** What the client of a watch has seen before, where that can stop being shown. */
  shown?: Set<string>;
}

async function keptOf(
  { asked, signal }: Exchange,
  keep: Visible,
  { client, target }: { client: Pick<KubeClient, 'raw'>; target: string },
): Promise<Kept> {
  const isKept = visibilityOf(keep);
  const keeps = (item: unknown) => {
    const metadata = itemMetadata(item);
    return metadata !== undefined && isKept(metadata);
  };
  // Names and namespaces stay; what labels show of an object changes.
  if (!asked.isWatch || !keep.anyOf) return { keeps };
  const query = new URLSearchParams(target.slice(target.indexOf('?') + 1));
  return { keeps, shown: await shownBefore(asked, query, { client, keeps, signal }) };
}

/**
 * Where items are left out it is JSON, which nearly all clients take; a watch is in what an event can be
 * put into. All else is as the client likes it.
 */
function acceptFor(
  { asked, request: { headers } }: Exchange,
  isRead: boolean,
): Pick<Sent, 'accept'> {
  if (!isRead && !asked.isWatch) return {};
  const forms = isRead ? [json] : watchForms;
  const accept = jsonAccept(headers.accept, forms);
  if (accept === undefined) throw notAcceptable(forms);
  return { accept };
}

function transformFor(
  { asked, upgrading }: Exchange,
  kept: Kept | undefined,
  isOver: Promise<void>,
): Pick<Sent, 'transform'> {
  if (!asked.isWatch) {
    return kept ? { transform: (body, type) => keepItems(jsonOnly(body, type), kept.keeps) } : {};
  }
  // Over a websocket nothing can be put in: who started the watch ends the connection.
  if (upgrading && !kept) return {};
  return {
    transform(body, type) {
      const events = kept ? jsonOnly(body, type) : body;
      const form = watchForm(type);
      if (!form) throw notAcceptable(watchForms);
      const change = kept && createEventFilter(kept.keeps, kept.shown);
      return endingWatch(form.cut(events), { isOver, expired: form.expired, change });
    },
  };
}

/** Whoever was asked for JSON and answers otherwise is not read: what is in it cannot be left out. */
function jsonOnly(body: AsyncIterable<Uint8Array>, contentType: string): AsyncIterable<Uint8Array> {
  if (mediaTypeOf(contentType) !== json) throw notAcceptable([json]);
  return body;
}

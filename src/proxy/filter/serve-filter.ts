import type { Filter } from '../decide/decision.ts';
import { visibilityOf } from '../decide/is-visible.ts';
import type { Exchange, Sent, Upstream } from '../forward/upstream.ts';
import { breakingWatch, endingWatch } from './ending-watch.ts';
import { filteredTarget } from './filtered-target.ts';
import { itemMetadata } from './item-metadata.ts';
import { jsonAccept } from './json-accept.ts';
import { createEventFilter } from './keep-events.ts';
import { keepItems } from './list-items.ts';
import { notAcceptable } from './refusals.ts';
import { wholeLines } from './whole-lines.ts';

/** A list, or a watch until `isOver`, of what a decision says; the call is the proxy's own. */
export async function serveFilter(
  exchange: Exchange,
  { requirement, keep }: Filter,
  { upstream, isOver }: { upstream: Upstream; isOver: Promise<void> },
): Promise<void> {
  const { asked, request } = exchange;
  const query = new URLSearchParams(asked.query);
  // Without the metadata of the rows nobody could say which to show.
  if (keep && query.get('includeObject') === 'None') query.set('includeObject', 'Metadata');
  const target = filteredTarget(asked.path, query, requirement);
  // Where events are put in, or items left out, it is JSON, which nearly all clients take.
  const accept = keep || asked.isWatch ? jsonAccept(request.headers.accept) : undefined;
  // The length of an answer without its body would count what is hidden.
  if (keep && (accept === undefined || request.method === 'HEAD')) throw notAcceptable();
  const isKept = visibilityOf(keep ?? {});
  const keeps = (item: unknown) => {
    const metadata = itemMetadata(item);
    return metadata !== undefined && isKept(metadata);
  };
  await upstream.stream(exchange, {
    as: 'proxy',
    target,
    ...(accept !== undefined && { accept }),
    ...transformFor(exchange, keep && keeps, isOver),
  });
}

function transformFor(
  { asked, upgrading }: Exchange,
  keeps: ((item: unknown) => boolean) | undefined,
  isOver: Promise<void>,
): Pick<Sent, 'transform'> {
  if (!asked.isWatch) {
    return keeps ? { transform: (body, type) => keepItems(json(body, type), keeps) } : {};
  }
  // Over a websocket nothing can be put in: who started the watch ends the connection.
  if (upgrading && !keeps) return {};
  return {
    transform(body, type) {
      if (!isJson(type) && !keeps) return breakingWatch(body, isOver);
      const change = keeps ? createEventFilter(keeps) : (lines: Uint8Array) => lines;
      return endingWatch(wholeLines(json(body, type)), isOver, change);
    },
  };
}

const isJson = (contentType: string) => /^application\/json\s*(;|$)/i.test(contentType);

/** Whoever was asked for JSON and answers otherwise is not read: what is in it cannot be left out. */
function json(body: AsyncIterable<Uint8Array>, contentType: string): AsyncIterable<Uint8Array> {
  if (!isJson(contentType)) throw notAcceptable();
  return body;
}

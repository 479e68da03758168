import { unavailable } from '../refusal.ts';
import type { WholeAnswer } from './upstream.ts';
import { headerOf, type UpstreamAnswer } from './upstream-answer.ts';

/** Reviews and Statuses are small. */
const maxBytes = 1024 * 1024;

/** An answer that is read here, up to 1 MiB. Rejects with a Refusal when it breaks off or is larger. */
export async function readWhole(answer: UpstreamAnswer): Promise<WholeAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error('the answer is too large');
      chunks.push(chunk);
    }
  } catch (error) {
    throw unavailable('the answer of the API server cannot be read', error);
  }
  return {
    status: answer.status,
    contentType: headerOf(answer, 'content-type') ?? '',
    body: Buffer.concat(chunks),
  };
}

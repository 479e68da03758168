import { badRequest } from '../refusal.ts';

/**
 * The parameters of a query. Refused is what Go's net/url and the URL standard read differently:
 * semicolons, broken escapes, bytes that are not UTF-8, a question mark at the start.
 *
 * @throws Refusal 400
 */
export function parseQuery(text: string): URLSearchParams {
  if (!/^(?!\?)[\x21\x22\x24-\x3a\x3c-\x7e]*$/.test(text)) throw odd();
  try {
    decodeURIComponent(text);
  } catch {
    throw odd();
  }
  return new URLSearchParams(text);
}

/** As Kubernetes converts parameters: whatever is there and does not say no. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

const odd = () => badRequest('the query has characters that must be encoded, or broken escapes');

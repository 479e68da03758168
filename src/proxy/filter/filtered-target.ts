/**
 * Path and query of a request that a label selector is added to (AND). It comes first, so that nothing
 * the client wrote can stand open before it; of repeated ones the first counts, as for the API server.
 */
export function filteredTarget(path: string, query: URLSearchParams, requirement: string): string {
  const theirs = query.get('labelSelector') ?? '';
  const changed = new URLSearchParams(query);
  changed.set('labelSelector', theirs.trim() === '' ? requirement : `${requirement},${theirs}`);
  return `${path}?${changed.toString()}`;
}

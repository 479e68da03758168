/** A connection that was open may end in the moment it is used: nothing has become of the request. */
export class StaleConnectionError extends Error {
  override name = 'StaleConnectionError';
}

/** A part of the spec that cannot be done; the message says what to change. */
export class ReplicationError extends Error {
  override name = 'ReplicationError';
}

/**
 * A field that is declared, so that manifests keep applying, and not acted on yet. A controller
 * that finds one stalls the object with {@link unsupportedMessage}: never ignored in silence.
 */
export interface UnsupportedField {
  /** `spec.dependsOn[0].readyExpr`. */
  path: string;
  /** What to do instead. */
  hint: string;
}

/** `path` when `present`, as the one-element list that per-kind tables concatenate. */
export function unsupportedWhen(present: boolean, path: string, hint: string): UnsupportedField[] {
  return present ? [{ path, hint }] : [];
}

const maxListed = 5;

/** The condition message for a non-empty list. */
export function unsupportedMessage(fields: readonly UnsupportedField[]): string {
  const listed = fields
    .slice(0, maxListed)
    .map(({ path, hint }) => `${path} is not supported yet: ${hint}`);
  const more = fields.length > maxListed ? [`and ${fields.length - maxListed} more`] : [];
  return [...listed, ...more].join('; ');
}

/** How policies are written in CEL: small pieces of expressions. */

/**
 * A text as a CEL literal. CEL knows the escapes that JSON has for control characters, which it takes
 * in no other way.
 */
export const celText = (text: string): string =>
  `'${JSON.stringify(text.toWellFormed()).slice(1, -1).replaceAll("'", "\\'")}'`;

/** A list of texts as a CEL literal. */
export const celTexts = (texts: readonly string[]): string => `[${texts.map(celText).join(', ')}]`;

/** The value of a label of `object`, empty if it has none. */
export const celLabel = (object: string, key: string): string =>
  `${object}.?metadata.?labels[?${celText(key)}].orValue('')`;

/** The value of an annotation of `object`, empty if it has none. */
export const celAnnotation = (object: string, key: string): string =>
  `${object}.?metadata.?annotations[?${celText(key)}].orValue('')`;

/** A map of expressions by name; CEL wants the values of one map to be of one type. */
export const celRecord = (fields: Readonly<Record<string, string>>): string =>
  `{${Object.entries(fields)
    .map(([name, expression]) => `${celText(name)}: dyn(${expression})`)
    .join(', ')}}`;

/** All of what these expressions yield, one after the other: of lists, one list. */
export const celSum = (expressions: readonly string[]): string =>
  expressions.map((each) => `(${each})`).join(' + ');

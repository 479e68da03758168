/** The type of a `Content-Type`, or of one range of an `Accept`, without its parameters. */
export const mediaTypeOf = (value: string): string =>
  value.split(';', 1)[0]?.trim().toLowerCase() ?? '';

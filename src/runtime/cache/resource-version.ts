const decimal = /^[1-9][0-9]{0,39}$/;

/**
 * Order of two resourceVersions of one kind: negative when `a` is older. Undefined when either is
 * not a plain decimal, which is what the API server gives (comparable by contract since KEP-5504).
 */
export function compareVersions(a: string | undefined, b: string | undefined): number | undefined {
  if (a === undefined || b === undefined || !decimal.test(a) || !decimal.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

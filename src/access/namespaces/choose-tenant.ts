/** What is decided about a namespace that names no tenant. */
export type TenantChoice =
  { tenant: string } | { refused: 'owns-none' | 'name-matches-none' | 'ambiguous' };

/**
 * The tenant of a new namespace that names none: the only one its creator owns, otherwise the one
 * with the longest name that the namespace's name begins with (`<tenant>-…`). `forcePrefix`: names
 * must begin so.
 */
export function chooseTenant(
  name: string,
  owned: readonly string[],
  forcePrefix: boolean,
): TenantChoice {
  const [only, ...others] = new Set(owned);
  if (only === undefined) return { refused: 'owns-none' };
  if (others.length === 0) return { tenant: only };
  const [longest] = [only, ...others]
    .filter((tenant) => name.startsWith(`${tenant}-`))
    .sort((a, b) => b.length - a.length);
  if (longest !== undefined) return { tenant: longest };
  return { refused: forcePrefix ? 'name-matches-none' : 'ambiguous' };
}

/**
 * A host name as it is compared: names differ neither by case nor by the dot of the root, so rules
 * are not evaded by either.
 */
export function hostname(text: string): string {
  const name = text.trim().replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** The same in CEL. */
export const hostnameCel = (text: string): string =>
  `[${text}.trim().lowerAscii()].map(n, n.endsWith('.') ? n.substring(0, size(n) - 1) : n)[0]`;

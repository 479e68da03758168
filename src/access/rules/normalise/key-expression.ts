/** What makes a key a pattern. */
const special = /[*[\](){}+?|^$\\]/;

/**
 * The regular expression of the keys that a key of a rule means: itself, or what it matches from end
 * to end if it has signs of a pattern. A `*` that follows no dot stands for anything.
 */
export function keyExpression(key: string): string {
  const expression = special.test(key)
    ? key.replaceAll(/(?<!\.)\*/g, '.*')
    : key.replaceAll('.', '\\.');
  return `^(?:${expression})$`;
}

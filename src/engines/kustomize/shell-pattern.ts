/** One step of a pattern: any text, or one character that `matches`. */
type Step = 'any' | ((character: string) => boolean);

/**
 * The steps of a shell pattern: `*`, `?`, `[a-z]`, `[^a-z]`, and `\` before a character that means
 * itself; a slash is a character like others. Undefined if malformed.
 */
function parsePattern(pattern: string): Step[] | undefined {
  const characters = Array.from(pattern);
  const steps: Step[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] as string;
    if (character === '*') {
      if (steps.at(-1) !== 'any') steps.push('any');
    } else if (character === '?') {
      steps.push(() => true);
    } else if (character === '[') {
      const parsed = parseClass(characters, at + 1);
      if (!parsed) return undefined;
      steps.push(parsed.matches);
      at = parsed.end;
    } else {
      const literal = character === '\\' ? characters[++at] : character;
      if (literal === undefined) return undefined;
      steps.push((other) => other === literal);
    }
  }
  return steps;
}

interface CharacterClass {
  matches: (character: string) => boolean;
  /** Where its closing bracket is. */
  end: number;
}

/** A character class from after its opening bracket. */
function parseClass(characters: string[], start: number): CharacterClass | undefined {
  const negated = characters[start] === '^';
  const ranges: [from: string, to: string][] = [];
  let at = negated ? start + 1 : start;

  function next(): string | undefined {
    const character = characters[at++];
    if (character === '-' || character === ']') return undefined;
    return character === '\\' ? characters[at++] : character;
  }

  while (characters[at] !== ']' || ranges.length === 0) {
    const from = next();
    if (from === undefined) return undefined;
    let to: string | undefined = from;
    if (characters[at] === '-') {
      at += 1;
      to = next();
    }
    if (to === undefined) return undefined;
    ranges.push([from, to]);
  }
  const within = (character: string) => ranges.some(([a, b]) => a <= character && character <= b);
  return { matches: (character) => within(character) !== negated, end: at };
}

/** Which end of a text a pattern is matched at, and whether as little or as much as possible. */
export interface Trim {
  end: 'prefix' | 'suffix';
  extent: 'shortest' | 'longest';
}

/**
 * `text` without the prefix or suffix that `pattern` matches, which has at least one character.
 * Unchanged if nothing matches or the pattern is malformed. Takes time in proportion to the product
 * of both lengths, whatever they are.
 */
export function trimPattern(text: string, pattern: string, { end, extent }: Trim): string {
  const steps = parsePattern(pattern);
  if (!steps) return text;
  const characters = Array.from(text);
  if (end === 'suffix') {
    characters.reverse();
    steps.reverse();
  }
  const length = matchLength(characters, steps, extent);
  const rest = characters.slice(length);
  return (end === 'suffix' ? rest.reverse() : rest).join('');
}

/** How many characters from the start match, following all ways to match at once. */
function matchLength(characters: string[], steps: Step[], extent: Trim['extent']): number {
  let reached = new Uint8Array(steps.length + 1);
  reached[0] = 1;
  passAny(steps, reached);
  let best = 0;
  for (const [index, character] of characters.entries()) {
    reached = advance(steps, reached, character);
    if (!reached.includes(1)) break;
    if (reached[steps.length] === 0) continue;
    best = index + 1;
    if (extent === 'shortest') break;
  }
  return best;
}

function advance(steps: Step[], reached: Uint8Array, character: string): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(steps.length + 1);
  for (const [at, step] of steps.entries()) {
    if (reached[at] === 0) continue;
    if (step === 'any') next[at] = 1;
    else if (step(character)) next[at + 1] = 1;
  }
  passAny(steps, next);
  return next;
}

/** `any` also matches nothing. */
function passAny(steps: Step[], reached: Uint8Array): void {
  for (const [at, step] of steps.entries()) {
    if (step === 'any' && reached[at] === 1) reached[at + 1] = 1;
  }
}

/** One line of an ignore file. */
export interface IgnorePattern {
  /** `!pattern`: what it matches is kept. */
  isNegated: boolean;
  /** Whether it speaks of the file at these path parts, or of a directory above it. */
  matches(parts: readonly string[]): boolean;
}

/**
 * Compiles a line of a `.gitignore`-style file; undefined for blanks and comments.
 *
 * A matcher of our own because patterns come from tenants: it never backtracks over more than the
 * last wildcard, so its time is bounded by path length × pattern length, where a pattern turned
 * into a regular expression can take exponential time.
 */
export function parseIgnorePattern(line: string): IgnorePattern | undefined {
  if (line.startsWith('#')) return undefined;
  const isNegated = line.startsWith('!');
  const text = trimEnd(isNegated ? line.slice(1) : line);
  const isDirectoryOnly = text.endsWith('/');
  const body = isDirectoryOnly ? text.slice(0, -1) : text;
  if (body === '') return undefined;
  const isAnchored = body.includes('/');
  const parts = body.replace(/^\//, '').split('/').map(compilePart);
  const matchPath = isAnchored ? matchAnchored : matchAnyName;
  return {
    isNegated,
    matches: (path) => matchPath(parts, isDirectoryOnly ? path.slice(0, -1) : path),
  };
}

/** Trailing spaces do not count unless escaped; neither does a carriage return. */
function trimEnd(text: string): string {
  const line = text.replace(/\r$/, '');
  let end = line.length;
  while (end > 0 && line[end - 1] === ' ' && line[end - 2] !== '\\') end -= 1;
  return line.slice(0, end);
}

/** `**`, or what one path part has to look like. */
type Part = '**' | readonly Token[];

/** `*`, or a test of one character. */
type Token = '*' | ((character: string) => boolean);

/** Without a slash, the pattern is a name at any depth. */
function matchAnyName(parts: readonly Part[], path: readonly string[]): boolean {
  const [part] = parts;
  return part !== undefined && path.some((name) => part === '**' || matchPart(part, name));
}

/**
 * With a slash, the pattern starts at the ignore file's directory; matching a directory is enough.
 * Only the last `**` is ever extended: what an earlier one took cannot matter any more.
 */
function matchAnchored(parts: readonly Part[], path: readonly string[]): boolean {
  let [at, depth] = [0, 0];
  let retryAt = -1;
  let retryDepth = 0;
  while (at < parts.length) {
    const part = parts[at];
    if (part === '**') {
      // `dir/**` is what is inside, not the directory itself.
      if (at === parts.length - 1) return depth < path.length;
      [retryAt, retryDepth] = [at, depth];
      at += 1;
      continue;
    }
    const name = path[depth];
    if (name !== undefined && part !== undefined && matchPart(part, name)) {
      at += 1;
      depth += 1;
      continue;
    }
    if (retryAt < 0 || retryDepth >= path.length) return false;
    retryDepth += 1;
    [at, depth] = [retryAt + 1, retryDepth];
  }
  return true;
}

/** The same idea one level down: only the last `*` is ever extended. */
function matchPart(tokens: readonly Token[], name: string): boolean {
  let [at, position] = [0, 0];
  let retryAt = -1;
  let retryPosition = 0;
  while (position < name.length) {
    const token = tokens[at];
    if (token === '*') {
      [retryAt, retryPosition] = [at, position];
      at += 1;
    } else if (token?.(name[position] ?? '')) {
      at += 1;
      position += 1;
    } else if (retryAt >= 0) {
      retryPosition += 1;
      [at, position] = [retryAt + 1, retryPosition];
    } else {
      return false;
    }
  }
  while (tokens[at] === '*') at += 1;
  return at === tokens.length;
}

function compilePart(part: string): Part {
  if (part === '**') return '**';
  const tokens: Token[] = [];
  for (let at = 0; at < part.length; at += 1) {
    const character = part[at] ?? '';
    if (character === '*') {
      if (tokens.at(-1) !== '*') tokens.push('*');
    } else if (character === '?') {
      tokens.push(() => true);
    } else if (character === '[') {
      const set = parseSet(part, at);
      // A bracket that never closes matches nothing, as in Git.
      if (!set) return [() => false];
      tokens.push(set.test);
      at = set.end;
    } else {
      if (character === '\\') at += 1;
      const literal = part[at] ?? '\\';
      tokens.push((other) => other === literal);
    }
  }
  return tokens;
}

/** `[a-z0-9_]`, `[!x]`, `[^x]`; a `]` right after the opening is a member. */
function parseSet(
  part: string,
  start: number,
): { test: (character: string) => boolean; end: number } | undefined {
  const [, sign = '', members] = /^\[([!^]?)(\]?(?:\\.|[^\\\]])*)\]/.exec(part.slice(start)) ?? [];
  if (members === undefined) return undefined;
  const characters = [...members.matchAll(/(\\)?([^])/gu)];
  const ranges: [from: string, to: string][] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const from = characters[at]?.[2] ?? '';
    // An unescaped dash between two members makes a range.
    const isRange = characters[at + 1]?.[0] === '-' && at + 2 < characters.length;
    if (isRange) at += 2;
    ranges.push([from, characters[at]?.[2] ?? '']);
  }
  const isMember = (character: string) =>
    ranges.some(([from, to]) => from <= character && character <= to);
  return {
    test: (character) => isMember(character) !== (sign !== ''),
    end: start + sign.length + members.length + 1,
  };
}

/** A line that stays, leaves, or comes. */
interface Edit {
  sign: ' ' | '-' | '+';
  line: string;
}

const context = 3;
/** Texts that differ in more lines are shown as one replaced by the other. */
const maxEdits = 1_000;

/**
 * The hunks of a unified diff between two texts, without file names; empty when they are the same.
 */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) return '';
  const edits = editsBetween(linesOf(before), linesOf(after));
  return hunksOf(edits).map(formatHunk).join('\n');
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < Math.min(before.length, after.length) - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end++;
  }
  const kept = (line: string): Edit => ({ sign: ' ', line });
  return [
    ...before.slice(0, start).map(kept),
    ...shortestEdits(
      before.slice(start, before.length - end),
      after.slice(start, after.length - end),
    ),
    ...before.slice(before.length - end).map(kept),
  ];
}

/** Myers' greedy algorithm: the furthest reach on each diagonal, for each number of edits. */
function shortestEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const reach = new Map([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let edits = 0; edits <= Math.min(before.length + after.length, maxEdits); edits++) {
    trace.push(new Map(reach));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let { x } = stepTo(reach, diagonal, edits);
      while (
        x < before.length &&
        x - diagonal < after.length &&
        before[x] === after[x - diagonal]
      ) {
        x++;
      }
      reach.set(diagonal, x);
      if (x >= before.length && x - diagonal >= after.length) {
        return walkBack(trace, before, after);
      }
    }
  }
  return [
    ...before.map((line): Edit => ({ sign: '-', line })),
    ...after.map((line): Edit => ({ sign: '+', line })),
  ];
}

/** How the furthest point on a diagonal is reached: by a line that comes (down), or one that leaves. */
function stepTo(reach: ReadonlyMap<number, number>, diagonal: number, edits: number) {
  const [below = -1, above = -1] = [reach.get(diagonal + 1), reach.get(diagonal - 1)];
  const isDown = diagonal === -edits || (diagonal !== edits && above < below);
  return isDown
    ? { isDown, x: below, from: { x: below, y: below - diagonal - 1 } }
    : { isDown, x: above + 1, from: { x: above, y: above - diagonal + 1 } };
}

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  before: readonly string[],
  after: readonly string[],
): Edit[] {
  const edits: Edit[] = [];
  let [x, y] = [before.length, after.length];
  const keep = () => {
    edits.push({ sign: ' ', line: before[--x] ?? '' });
    y--;
  };
  for (const [step, reach] of [...trace.entries()].toReversed()) {
    const { isDown, from } = stepTo(reach, x - y, step);
    while (x > Math.max(from.x, 0) && y > Math.max(from.y, 0)) keep();
    if (step === 0) break;
    if (isDown) edits.push({ sign: '+', line: after[--y] ?? '' });
    else edits.push({ sign: '-', line: before[--x] ?? '' });
  }
  return edits.reverse();
}

interface Hunk {
  before: number;
  after: number;
  edits: Edit[];
}

/** Changes with the lines around them; those near each other together. */
function hunksOf(edits: readonly Edit[]): Hunk[] {
  const changes = [...edits.keys()].filter((index) => edits[index]?.sign !== ' ');
  const shown = new Set(changes.flatMap((index) => around(index)));
  const hunks: Hunk[] = [];
  let [before, after] = [1, 1];
  for (const [index, edit] of edits.entries()) {
    if (shown.has(index)) {
      if (index === 0 || !shown.has(index - 1)) hunks.push({ before, after, edits: [] });
      hunks.at(-1)?.edits.push(edit);
    }
    if (edit.sign !== '+') before++;
    if (edit.sign !== '-') after++;
  }
  return hunks;
}

const around = (index: number) =>
  Array.from({ length: 2 * context + 1 }, (_, offset) => index - context + offset);

function formatHunk({ before, after, edits }: Hunk): string {
  const count = (sign: Edit['sign']) => edits.filter((edit) => edit.sign !== sign).length;
  const range = (start: number, length: number) => `${length === 0 ? start - 1 : start},${length}`;
  const head = `@@ -${range(before, count('+'))} +${range(after, count('-'))} @@`;
  return [head, ...edits.map(({ sign, line }) => `${sign}${line}`)].join('\n');
}

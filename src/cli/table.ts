/** A cell may be missing. */
export type Cell = string | undefined;

const gap = '   ';

/**
 * Columns aligned by their widest cell, as kubectl prints them: no rules, three spaces apart, the
 * last column as long as it is. What would break a line (or move the cursor) is shown as a space.
 */
export function formatTable(header: readonly string[] | undefined, rows: readonly Cell[][]) {
  const lines = [...(header ? [[...header]] : []), ...rows].map((cells) => cells.map(plain));
  const columns = Math.max(0, ...lines.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, (_, index) =>
    Math.max(...lines.map((cells) => cells[index]?.length ?? 0)),
  );
  return lines
    .map((cells) => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(gap))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Text of others on one line of a terminal: messages are a tenant's to write. */
export function plain(text: Cell): string {
  return (text ?? '').replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
}

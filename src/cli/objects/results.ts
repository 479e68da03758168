import { findKind } from '../../api/kinds.ts';
import { plain } from '../table.ts';
import type { Row } from './row.ts';

/** One line for each object that something was done to. */
export function formatResults(rows: readonly Row[], say: (row: Row) => string): string {
  return rows
    .map((row) => `✔ ${findKind(row.kind)?.singular}/${row.name} ${plain(say(row))}`)
    .join('\n');
}

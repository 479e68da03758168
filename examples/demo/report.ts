/** What the demo shows and remembers: a line per check, a failure count for the exit code. */
export interface Report {
  title(text: string): void;
  note(text: string): void;
  /** Runs a check; what it returns is shown beside it, what it throws fails it. Never throws. */
  check(claim: string, prove: () => Promise<string | void>): Promise<void>;
  table(header: string[], rows: string[][]): void;
  readonly failed: number;
  readonly passed: number;
}

const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string) => (colours ? `\u001B[${code}m${text}\u001B[0m` : text);

export function createReport(): Report {
  let passed = 0;
  let failed = 0;
  return {
    title: (text) => console.log(`\n${paint(1, text)}`),
    note: (text) => console.log(`  ${paint(2, text)}`),
    async check(claim, prove) {
      const started = performance.now();
      try {
        const evidence = await prove();
        passed += 1;
        const took = paint(2, `${((performance.now() - started) / 1000).toFixed(1)} s`);
        console.log(`  ${paint(32, '✓')} ${claim}  ${took}`);
        if (evidence) console.log(`      ${paint(2, evidence)}`);
      } catch (error) {
        failed += 1;
        console.log(`  ${paint(31, '✗')} ${claim}`);
        console.log(`      ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    table(header, rows) {
      const widths = header.map((title, i) =>
        Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)),
      );
      const line = (cells: string[]) =>
        cells
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd();
      console.log(`\n${paint(1, line(header))}`);
      for (const row of rows) console.log(line(row));
    },
    get failed() {
      return failed;
    },
    get passed() {
      return passed;
    },
  };
}

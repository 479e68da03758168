import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createReport } from './report.ts';
import { startStage } from './stage.ts';
import { showAttacks } from './scenarios/attacks.ts';
import { showDayTwo } from './scenarios/day-two.ts';
import { showNamespaceAsAService } from './scenarios/namespace-as-a-service.ts';
import { showSourceGrant } from './scenarios/source-grant.ts';
import { showTenants } from './scenarios/tenants.ts';
import { printSummary } from './summary.ts';

const usage = `npm run demo -- [options]

Starts a real control plane, a real Git server and Tenantry, shows what they do together and
checks every step; then stays up to look around, until Ctrl-C.

  --once        exit when all steps are shown; non-zero if a check did not hold
  --dir <path>  keep state there (default: a new temporary directory, removed at the end)
  --help        this text`;

const { values } = parseArgs({
  options: { once: { type: 'boolean' }, dir: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

const report = createReport();
const dir = values.dir ?? mkdtempSync(path.join(tmpdir(), 'tenantry-demo-'));
/** Shows everything; the exit code. A step that the rest needs has said itself why it failed. */
async function show(): Promise<number> {
  await using stage = await startStage({
    dir,
    temporary: values.dir === undefined,
    report,
    signal: stop.signal,
  });
  for (const scenario of [
    showNamespaceAsAService,
    showTenants,
    showSourceGrant,
    showAttacks,
    showDayTwo,
  ]) {
    stop.signal.throwIfAborted();
    await scenario(stage.world);
  }
  await printSummary(stage);
  if (!values.once) {
    report.note('Ctrl-C stops everything.');
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
  }
  return report.failed > 0 ? 1 : 0;
}

process.exitCode = await show().catch((error: unknown) => {
  if (!stop.signal.aborted && report.failed === 0) console.error(error);
  return stop.signal.aborted ? 130 : 1;
});

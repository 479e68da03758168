import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startEstate, type Estate } from '../support/estate.ts';
import { refusingHooks } from '../support/real-capsule-hooks.ts';
import { startRealCapsule, type RealCapsule } from '../support/real-capsule.ts';
import { bringRefusals, nodeMetadata } from '../support/refusal-estate.ts';
import { refusalRows, type RefusalRow } from '../support/refusal-rows.ts';
import { startTenancy } from '../support/start-tenancy.ts';

/**
 * The real Capsule and ours refuse the same requests with the texts that automation matches on. Capsule
 * takes long to build: `TENANTRY_CAPSULE` is its controller, v0.14. Ours are held by tests that always run.
 */
const program = process.env['TENANTRY_CAPSULE'] ?? '';
let theirs: Estate;
let ours: Estate;
let capsule: RealCapsule;

/** What whoever asked reads, without what the API server says before it. */
async function answer({ kubectl }: Estate, { args, options }: RefusalRow): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args, options);
  if (code === 0 && args.includes('--dry-run=server')) return '';
  const told = code === 0 ? stdout : stderr;
  return (/denied (?:the )?request: (.*)$/s.exec(told)?.[1] ?? told).trim();
}

const refusal = (of: Estate, row: RefusalRow) =>
  eventually(`it says ${row.says}`, async () => {
    const told = await answer(of, row);
    for (const part of [row.says, ...(row.tells ?? [])]) expect(told).toContain(part);
    return told;
  });

describe.runIf(program !== '')('beside the real Capsule', () => {
  beforeAll(async () => {
    theirs = await startEstate({ tenants: [], installed: { tenancy: true } });
    capsule = await startRealCapsule(program, theirs, {
      hooks: refusingHooks,
      spec: { nodeMetadata },
    });
    await eventually('Capsule has registered its webhooks', () =>
      theirs.get('validatingwebhookconfiguration', 'capsule-dynamic-webhook'),
    );
    await bringRefusals(theirs);
    ours = await startEstate({ tenants: [], installed: { tenancy: true } });
    await startTenancy(ours, (flags, kubeconfig) => ours.startManager(flags, { kubeconfig }));
    const spec = JSON.stringify({ spec: { nodeMetadata } });
    await ours.kubectl(['patch', 'capsuleconfiguration', 'default', '--type=merge', '-p', spec]);
    await bringRefusals(ours);
  });
  afterAll(async () => {
    await capsule?.stop();
    await Promise.all([theirs, ours].map((each) => each?.[Symbol.asyncDispose]()));
  });

  test.each(refusalRows)('$says: $args', async (row) => {
    const [said, saying] = await Promise.all([refusal(theirs, row), refusal(ours, row)]);
    if (row.differs === undefined) return expect(saying).toBe(said);
    const known = await readFile('docs/capsule-differences.md', 'utf8');
    expect(known).toContain(`| ${row.differs} `);
  });
});

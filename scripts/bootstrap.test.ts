import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

test('a linked node_modules that is out of date is left as it is', () => {
  const work = mkdtempSync(path.join(tmpdir(), 'tenantry-bootstrap-'));
  onTestFinished(() => rmSync(work, { recursive: true, force: true }));
  const [here, others] = [path.join(work, 'here'), path.join(work, 'others')];
  mkdirSync(path.join(here, 'scripts'), { recursive: true });
  mkdirSync(path.join(others, 'of-another-checkout'), { recursive: true });
  for (const file of ['scripts/bootstrap.mjs', 'package.json', 'package-lock.json'])
    copyFileSync(path.join(root, file), path.join(here, file));
  symlinkSync(others, path.join(here, 'node_modules'));
  // Without a path there is no npm: whatever else goes wrong, nothing is fetched.
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(here, 'scripts/bootstrap.mjs'), 'scripts/check.ts'],
    { encoding: 'utf8', env: { PATH: '' } },
  );
  expect(stderr).toContain(`${path.join(here, 'node_modules')} is a link`);
  expect(status).toBe(69);
  expect(readdirSync(others)).toEqual(['of-another-checkout']);
});

import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hooksReference } from '../src/admission/hooks-page.ts';
import { generatedFiles, generatedFolders } from '../src/api/generated-files.ts';
import { replaceGenerated } from '../src/api/reference/markers.ts';
import { flagsReference } from '../src/apps/manager/flags-page.ts';
import { proxyFlagsReference } from '../src/apps/proxy/flags-page.ts';

/**
 * `npm run generate` writes what follows from the declared kinds and flags; with `--check` (`npm run verify`)
 * it writes nothing, lists what is stale and exits with 1.
 */
const root = path.resolve(import.meta.dirname, '..');

function read(file: string): string | undefined {
  try {
    return readFileSync(path.join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}

/** Files of the generated folders that nothing generates any more. */
function leftovers(wanted: ReadonlyMap<string, string>): string[] {
  return generatedFolders
    .flatMap((folder) => globSync(`${folder}/**/*.yaml`, { cwd: root }))
    .filter((file) => !wanted.has(file));
}

const flagsPage = 'docs/flags.md';
const proxyPage = 'docs/proxy.md';
const hooksPage = 'docs/admission.md';
const wanted = generatedFiles(read);
wanted.set(flagsPage, replaceGenerated(read(flagsPage) ?? '', flagsReference()));
wanted.set(proxyPage, replaceGenerated(read(proxyPage) ?? '', proxyFlagsReference()));
wanted.set(hooksPage, replaceGenerated(read(hooksPage) ?? '', hooksReference()));
const stale = [...wanted].filter(([file, content]) => read(file) !== content);
const extra = leftovers(wanted);

if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`stale: ${file}`);
  for (const file of extra) console.error(`not generated any more: ${file}`);
  if (stale.length + extra.length > 0) {
    console.error('run `npm run generate` and commit the result');
    process.exitCode = 1;
  }
} else {
  for (const [file, content] of stale) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
    console.log(`wrote ${file}`);
  }
  for (const file of extra) {
    rmSync(path.join(root, file));
    console.log(`removed ${file}`);
  }
}

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The files of a directory beside the demo, by path within it: what the fleet repository holds. */
export function readTree(directory: string): Record<string, string> {
  const root = path.resolve(import.meta.dirname, '..', directory);
  const files = globSync('**/*', { cwd: root, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(root, file), readFileSync(file, 'utf8')];
    }),
  );
}

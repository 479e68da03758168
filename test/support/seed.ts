import { readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../e2e/__fixtures__/seeds');

/**
 * A manifest of the documents that describe the system, word for word. What these cannot know is
 * replaced: each key of `places`, such as the URL of a repository, by its value.
 */
export function seed(name: string, places: Record<string, string> = {}): string {
  let text = readFileSync(path.join(folder, `${name}.yaml`), 'utf8');
  for (const [from, to] of Object.entries(places)) {
    if (!text.includes(from)) throw new Error(`${name}.yaml does not say ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** The manifest without `spec.kubeConfig`, which is for the tenant proxy. */
export function withoutKubeConfig(manifest: string): string {
  return manifest.replace(/^ {2}kubeConfig:\n(?: {4}.*\n)+/gm, '');
}

import { readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../../src/engines/sops/__golden__');

/** A file as the sops command encrypted it; the README beside it says with which keys. */
export const encrypted = (name: string): string => read('encrypted', name);

/** The same as the sops command decrypted it. */
export const plain = (name: string): string => read('plain', name);

/** A throw-away key: `team.agekey`, `other.agekey`, `team.asc`, and two that are of no use. */
export const sopsKey = (name: string): string => read('keys', name);

function read(...name: string[]): string {
  return readFileSync(path.join(folder, ...name), 'utf8');
}

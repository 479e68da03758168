import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** An entry of an archive as an attacker may write it; a string is a regular file. */
export type TarEntry =
  | string
  | Uint8Array
  | { type: '1' | '2' | '3' | '4' | '5' | '6' | 'g'; linkTo?: string; content?: string };

/** Files by path. */
export type TarFiles = Record<string, TarEntry>;

/** A source as the engine gets it. */
export interface Source {
  digest: string;
  bytes: Uint8Array;
  open: () => Promise<Uint8Array>;
}

/** A tar.gz of these entries, in order, without any check of their names, and its digest. */
export function packSource(files: TarFiles | [name: string, entry: TarEntry][]): Source {
  const entries = Array.isArray(files) ? files : Object.entries(files);
  const blocks = entries.flatMap(([name, entry]) => packEntry(name, entry));
  return sourceOf(gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])));
}

/** Any bytes as a source. */
export function sourceOf(bytes: Uint8Array): Source {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { digest, bytes, open: () => Promise.resolve(bytes) };
}

function packEntry(name: string, entry: TarEntry): Buffer[] {
  const isFile = typeof entry === 'string' || entry instanceof Uint8Array;
  const content = Buffer.from(isFile ? entry : (entry.content ?? ''));
  const type = isFile ? '0' : entry.type;
  const linkTo = isFile ? '' : (entry.linkTo ?? '');
  const long = Buffer.byteLength(name) > 100 ? packEntry('././@LongLink', `${name}\0`) : [];
  if (long[0]) long[0] = header('././@LongLink', Buffer.byteLength(name) + 1, 'L', '');
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return [...long, header(name, content.length, type, linkTo), content, padding];
}

function header(name: string, size: number, type: string, linkTo: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  block.write('0000000\0'.repeat(2), 108);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write(linkTo, 157, 100);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

import { createHash } from 'node:crypto';
import { PassThrough, Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { ArchiveError } from './archive-error.ts';
import { archiveTree } from './archive-tree.ts';
import type { ArchiveRequest, SourceEntry, SourceTree } from './archive-tree.ts';
import { readTarball } from './tarball.ts';
import type { UnpackedFile } from './tarball.ts';

type Kind = SourceEntry['kind'];

/** A tree in memory: path to content, or to kind and content. */
function treeOf(files: Record<string, string | [Kind, string]>): SourceTree<SourceEntry> {
  const contentOf = (path: string) => Buffer.from([files[path] ?? ''].flat().at(-1) ?? '');
  const kindOf = (path: string): Kind => {
    const file = files[path];
    return Array.isArray(file) ? file[0] : 'file';
  };
  return {
    entries: () => Object.keys(files).map((path) => ({ path, kind: kindOf(path) })),
    async *readFiles(entries) {
      for (const entry of entries) {
        const content = contentOf(entry.path);
        yield { entry, size: content.length, content: Readable.from([content]) };
      }
    },
  };
}

async function packTree(
  tree: SourceTree<SourceEntry>,
  more: Partial<ArchiveRequest<SourceEntry>> = {},
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const into = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await archiveTree({ tree, into, ...more });
  return Buffer.concat(chunks);
}

async function headersOf(archive: Buffer): Promise<Header[]> {
  const { gunzipSync } = await import('node:zlib');
  const tar = extract();
  Readable.from([gunzipSync(archive)]).pipe(tar);
  const headers: Header[] = [];
  for await (const entry of tar) {
    headers.push(entry.header);
    entry.resume();
  }
  return headers;
}

const everything = () => true;
const unpack = async (archive: Buffer, accept = everything) =>
  Object.fromEntries(
    (await readTarball(Readable.from([archive]), accept)).map(({ path, content }) => [
      path,
      content.toString(),
    ]),
  );
const overlayFile = (path: string, text: string): UnpackedFile => ({
  path,
  executable: false,
  content: Buffer.from(text),
});
const codeOf = async (work: Promise<unknown>) => {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof ArchiveError)) throw new Error('no ArchiveError', { cause: error });
  return error.code;
};

describe('what is written', () => {
  test('files and directories only, normalised and in order', async () => {
    const archive = await packTree(
      treeOf({
        'z.txt': 'z',
        'dir/sub/run.sh': ['executable', '#!'],
        'dir.txt': 'd',
        link: ['symlink', '/etc/passwd'],
        'dir/a': '',
      }),
    );
    const headers = await headersOf(archive);
    expect(headers.map(({ name, type, mode }) => [name, type, mode.toString(8)])).toEqual([
      ['dir.txt', 'file', '600'],
      ['dir/', 'directory', '750'],
      ['dir/a', 'file', '600'],
      ['dir/sub/', 'directory', '750'],
      ['dir/sub/run.sh', 'file', '700'],
      ['z.txt', 'file', '600'],
    ]);
    for (const { uid, gid, uname, gname, mtime } of headers) {
      expect({ uid, gid, uname, gname, mtime: mtime.getTime() }).toEqual({
        uid: 0,
        gid: 0,
        uname: '',
        gname: '',
        mtime: 0,
      });
    }
  });

  test('the same contents give the same bytes, whatever the order', async () => {
    const files = { b: '1', 'a/x': '2', 'ä/ü': '3', [`${'long/'.repeat(60)}x`]: '4' };
    const digest = async (tree: SourceTree<SourceEntry>) =>
      createHash('sha256')
        .update(await packTree(tree))
        .digest('hex');
    const reversed = Object.fromEntries(Object.entries(files).reverse());
    expect(await digest(treeOf(files))).toBe(await digest(treeOf(reversed)));
    expect(await digest(treeOf({ ...files, b: '!' }))).not.toBe(await digest(treeOf(files)));
    expect(await unpack(await packTree(treeOf(files)))).toEqual(files);
  });

  test('ignore rules, nested ones included', async () => {
    const tree = treeOf({
      '.gitignore': 'x',
      '.sourceignore': '*.md',
      'README.md': 'r',
      'app/.sourceignore': '/local',
      'app/local/x': '1',
      'app/deploy.yaml': '2',
      'secret.txt': '3',
    });
    const kept = Object.keys(await unpack(await packTree(tree, { ignore: 'secret.txt' })));
    expect(kept).toEqual(['.sourceignore', 'app/.sourceignore', 'app/deploy.yaml']);
  });

  test('a tree without files gives an archive without entries', async () => {
    expect(await unpack(await packTree(treeOf({})))).toEqual({});
  });
});

describe('overlays', () => {
  const files = [
    overlayFile('base/a.yaml', 'A'),
    overlayFile('base/sub/b', 'B'),
    overlayFile('c', 'C'),
  ];

  test('go where they are told, and win', async () => {
    const tree = treeOf({ 'own.yaml': 'o', 'vendor/a.yaml': 'old', 'vendor/z': 'z' });
    const overlays = [{ files, fromPath: 'base', toPath: 'vendor' }];
    expect(await unpack(await packTree(tree, { overlays }))).toEqual({
      'own.yaml': 'o',
      'vendor/a.yaml': 'A',
      'vendor/sub/b': 'B',
      'vendor/z': 'z',
    });
    const whole = [{ files, fromPath: '', toPath: '' }];
    expect(Object.keys(await unpack(await packTree(treeOf({}), { overlays: whole })))).toEqual([
      'base/a.yaml',
      'base/sub/b',
      'c',
    ]);
  });

  test('are subject to the ignore rules', async () => {
    const overlays = [{ files, fromPath: '', toPath: 'in' }];
    const archive = await packTree(treeOf({ x: '1' }), { overlays, ignore: '/in/base' });
    expect(Object.keys(await unpack(archive))).toEqual(['in/c', 'x']);
  });

  test('from nowhere are refused', async () => {
    const overlays = [{ files, fromPath: 'bas', toPath: 'x' }];
    expect(await codeOf(packTree(treeOf({}), { overlays }))).toBe('missing-path');
  });

  test('cannot leave the tree', async () => {
    for (const toPath of ['..', 'a/../..', '/etc', 'a//b']) {
      const overlays = [{ files, fromPath: 'base', toPath }];
      expect([toPath, await codeOf(packTree(treeOf({}), { overlays }))]).toEqual([
        toPath,
        'unsafe-entry',
      ]);
    }
  });
});

describe('limits and failures of writing', () => {
  test('too many files, too many bytes', async () => {
    const tree = treeOf({ a: '12345', b: '67890' });
    expect(await codeOf(packTree(tree, { limits: { maxFiles: 1, maxBytes: 100 } }))).toBe(
      'too-large',
    );
    expect(await codeOf(packTree(tree, { limits: { maxFiles: 9, maxBytes: 9 } }))).toBe(
      'too-large',
    );
  });

  test.each(['../x', 'a/../b', '/a', 'a\u0000b', 'a\nb', 'a\\b', 'bad\uFFFDname'])(
    'an unsafe path is refused: %j',
    async (path) => expect(await codeOf(packTree(treeOf({ [path]: 'x' })))).toBe('unsafe-entry'),
  );

  test('a path cannot be a file and a directory', async () => {
    expect(await codeOf(packTree(treeOf({ a: '1', 'a/b': '2' })))).toBe('unsafe-entry');
  });

  test('an unsafe path that is ignored does no harm', async () => {
    const archive = await packTree(treeOf({ 'junk/a\nb': 'x', ok: '1' }), { ignore: 'junk/' });
    expect(await unpack(archive)).toEqual({ ok: '1' });
  });

  test('a target that fails ends it with its own error', async () => {
    const into = new Writable({ write: (_chunk, _encoding, done) => done(new Error('ENOSPC')) });
    const big = treeOf({ a: 'x'.repeat(1_000_000), b: 'y' });
    await expect(archiveTree({ tree: big, into })).rejects.toThrow('ENOSPC');
  });

  test('a tree that fails ends it with its own error', async () => {
    const tree: SourceTree<SourceEntry> = {
      entries: () => [{ path: 'a', kind: 'file' }],
      async *readFiles(entries) {
        for (const entry of entries) {
          const content = (async function* () {
            yield Buffer.from('ab');
            throw new Error('damaged mirror');
          })();
          yield { entry, size: 4, content };
        }
      },
    };
    await expect(packTree(tree)).rejects.toThrow('damaged mirror');
  });

  test('content shorter than announced is an error, not a broken archive', async () => {
    const tree: SourceTree<SourceEntry> = {
      entries: () => [{ path: 'a', kind: 'file' }],
      async *readFiles(entries) {
        for (const entry of entries)
          yield { entry, size: 9, content: Readable.from([Buffer.from('ab')]) };
      },
    };
    await expect(packTree(tree)).rejects.toThrow();
  });
});

describe('what is read', () => {
  async function rawTar(entries: (Partial<Header> & { name: string; text?: string })[]) {
    const tar = pack();
    for (const { text, ...header } of entries) tar.entry(header, text ?? '');
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    return gzipSync(Buffer.concat(chunks));
  }
  const read = (bytes: Buffer, limits?: { maxFiles: number; maxBytes: number }) =>
    readTarball(Readable.from([bytes]), everything, limits);

  test('only what is accepted is kept', async () => {
    const bytes = await rawTar([
      { name: './a/x', text: '1' },
      { name: 'b', text: '2', mode: 0o755 },
    ]);
    expect(await unpack(bytes)).toEqual({ 'a/x': '1', b: '2' });
    const files = await readTarball(Readable.from([bytes]), (path) => path === 'b');
    expect(files).toEqual([{ path: 'b', executable: true, content: Buffer.from('2') }]);
  });

  test.each<[string, Partial<Header> & { name: string }]>([
    ['a symbolic link', { name: 'l', type: 'symlink', linkname: '/etc/passwd' }],
    ['a hard link', { name: 'l', type: 'link', linkname: 'a' }],
    ['a device', { name: 'd', type: 'character-device' }],
    ['a pipe', { name: 'p', type: 'fifo' }],
    ['a path up', { name: '../x' }],
    ['a path up inside', { name: 'a/../../x' }],
    ['an absolute path', { name: '/etc/x' }],
  ])('%s is refused', async (_, header) => {
    expect(await codeOf(read(await rawTar([{ name: 'ok', text: '1' }, header])))).toBe(
      'unsafe-entry',
    );
  });

  test('a name that is there twice is refused', async () => {
    const bytes = await rawTar([
      { name: 'a', text: '1' },
      { name: 'a', text: '2' },
    ]);
    expect(await codeOf(read(bytes))).toBe('unsafe-entry');
  });

  test('counts and bytes are bounded, whatever the headers say', async () => {
    const many = await rawTar(Array.from({ length: 20 }, (_, index) => ({ name: `f${index}` })));
    expect(await codeOf(read(many, { maxFiles: 10, maxBytes: 1000 }))).toBe('too-large');
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect(await codeOf(read(bomb, { maxFiles: 10, maxBytes: 1000 }))).toBe('too-large');
    const big = await rawTar([{ name: 'big', text: 'x'.repeat(5000) }]);
    expect(await codeOf(read(big, { maxFiles: 10, maxBytes: 1000 }))).toBe('too-large');
  });

  test('metadata that never ends is not gathered', async () => {
    const tar = pack();
    const chunks: Buffer[] = [];
    tar.entry({ name: 'x' }, 'x');
    tar.finalize();
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    const header = Buffer.from(Buffer.concat(chunks).subarray(0, 512));
    // A PAX header that announces 8 GiB of attributes.
    header.write('x', 156);
    header.write('77777777777\0', 124);
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const bytes = gzipSync(Buffer.concat([header, Buffer.alloc(32 * 1024 * 1024, 'a')]));
    expect(await codeOf(read(bytes, { maxFiles: 10, maxBytes: 1000 }))).toBe('unsafe-entry');
  });

  test.each([
    ['not gzip', Buffer.from('hello')],
    ['not tar', gzipSync(Buffer.alloc(2048, 'x'))],
    ['nothing', Buffer.alloc(0)],
  ])('%s is refused', async (_, bytes) => expect(await codeOf(read(bytes))).toBe('unsafe-entry'));

  test('a truncated archive is refused', async () => {
    const bytes = await packTree(treeOf({ a: 'x'.repeat(100_000), b: 'y'.repeat(1000) }));
    expect(await codeOf(read(bytes.subarray(0, bytes.length - 30)))).toBe('unsafe-entry');
  });

  test('a source that fails ends it', async () => {
    const source = new PassThrough();
    const work = codeOf(readTarball(source, everything));
    source.destroy(new Error('connection lost'));
    expect(await work).toBe('unsafe-entry');
  });
});

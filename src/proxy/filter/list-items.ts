import { parseJson } from '../../base/json.ts';

/** Most that one item may take: etcd holds 1.5 MiB, which is several times that as JSON at most. */
const maxItemBytes = 32 * 1024 * 1024;
/** Longer texts are no names of fields. */
const maxKeyBytes = 1024;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const opens = new Set([0x7b, 0x5b]);
const closes = new Set([0x7d, 0x5d]);
const [openList, closeList] = [0x5b, 0x5d];
const openObject = 0x7b;
/** Where the items of a list are, and the rows of a table. */
const itemFields = new Set(['items', 'rows']);
/** What else a list or a table has. What is in another field would be passed on unseen. */
const otherFields = new Set(['kind', 'apiVersion', 'metadata', 'columnDefinitions']);

export class UnreadableListError extends Error {
  override name = 'UnreadableListError';
}

/**
 * Leaves items out of a list (or rows out of a table) on its way, byte for byte otherwise: holds one
 * item at a time, however long the list is.
 *
 * @throws UnreadableListError for what is no list in JSON; nothing of an item has been passed on then
 * that was not kept
 */
export async function* keepItems(
  body: AsyncIterable<Uint8Array>,
  keeps: (item: unknown) => boolean,
): AsyncGenerator<Uint8Array> {
  const scan = new ListScan(keeps);
  for await (const piece of body) {
    const passed = scan.push(piece);
    if (passed.length > 0) yield passed;
  }
  scan.end();
}

/** Reads a JSON text byte by byte and knows where in it the items are. */
class ListScan {
  readonly #keeps: (item: unknown) => boolean;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The last string at the top, which is a field's name if a colon follows. */
  #text: number[] = [];
  #name = '';
  #inItems = false;
  #item: Uint8Array[] = [];
  #itemBytes = 0;
  #keptAny = false;
  #isDone = false;

  constructor(keeps: (item: unknown) => boolean) {
    this.#keeps = keeps;
  }

  push(piece: Uint8Array): Uint8Array {
    const out: Uint8Array[] = [];
    // What of this piece is not yet decided about begins here.
    let from = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at] ?? 0;
      const wasIn = this.#inItems;
      const endsItem = wasIn && this.#isItemEnd(byte);
      if (endsItem) {
        this.#hold(piece.subarray(from, at));
        out.push(...this.#decide());
        from = byte === comma ? at + 1 : at;
      }
      this.#step(byte);
      if (!wasIn && this.#inItems) {
        out.push(piece.subarray(from, at + 1));
        from = at + 1;
      }
    }
    const rest = piece.subarray(from);
    if (this.#inItems) this.#hold(rest);
    else out.push(rest);
    return Buffer.concat(out);
  }

  end(): void {
    if (!this.#isDone || this.#inString) throw new UnreadableListError('the list ends early');
  }

  /** A comma between items, or the end of all. */
  #isItemEnd(byte: number): boolean {
    if (this.#inString || this.#depth !== 2) return false;
    return byte === comma || byte === closeList;
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#itemBytes += bytes.length;
    if (this.#itemBytes > maxItemBytes) throw new UnreadableListError('an item is too large');
    this.#item.push(Uint8Array.from(bytes));
  }

  #decide(): Uint8Array[] {
    const item = Buffer.concat(this.#item);
    this.#item = [];
    this.#itemBytes = 0;
    const text = item.toString('utf8');
    if (text.trim() === '' || !this.#keeps(parsed(text))) return [];
    const kept = this.#keptAny ? [Buffer.from(','), item] : [item];
    this.#keptAny = true;
    return kept;
  }

  #step(byte: number): void {
    if (this.#inString) return this.#stepInString(byte);
    if (byte === quote) {
      this.#inString = true;
      this.#text = [];
    } else if (byte === colon && this.#depth === 1) {
      this.#name = nameOf(this.#text);
    } else if (opens.has(byte)) {
      this.#depth += 1;
      this.#open(byte);
    } else if (closes.has(byte)) {
      this.#depth -= 1;
      if (this.#depth === 1) this.#inItems = false;
      if (this.#depth === 0) this.#isDone = true;
    }
  }

  #open(byte: number): void {
    if (this.#depth === 1 && byte !== openObject) throw new UnreadableListError('not a list');
    if (this.#depth !== 2 || !itemFields.has(this.#name)) return;
    if (byte !== openList) throw new UnreadableListError('the items are no list');
    this.#inItems = true;
  }

  #stepInString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) this.#inString = false;
    else if (this.#depth === 1 && this.#text.length < maxKeyBytes) this.#text.push(byte);
  }
}

function nameOf(bytes: readonly number[]): string {
  const name = Buffer.from(bytes).toString('utf8');
  if (itemFields.has(name) || otherFields.has(name)) return name;
  throw new UnreadableListError('not a list');
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw new UnreadableListError('an item is no JSON');
  }
}

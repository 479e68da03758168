/** A commit as its object says it. */
export interface Commit {
  /** 40 hex digits. */
  hash: string;
  /** The first line of the message. */
  subject: string;
  message: string;
  author: Signature;
  committer: Signature;
  /** The object's exact bytes, for whoever verifies its signature. */
  raw: Buffer;
}

export interface Signature {
  name: string;
  email: string;
  /** Milliseconds since the epoch; 0 when the object says nonsense. */
  time: number;
}

/** Reads a commit object (`git cat-file commit`). Tolerates odd headers, as history has them. */
export function parseCommit(hash: string, raw: Buffer): Commit {
  const text = raw.toString();
  const end = text.indexOf('\n\n');
  const headers = end < 0 ? text : text.slice(0, end);
  const message = end < 0 ? '' : text.slice(end + 2);
  return {
    hash,
    subject: message.trimStart().split('\n', 1)[0] ?? '',
    message,
    author: parseSignature(headers, 'author'),
    committer: parseSignature(headers, 'committer'),
    raw,
  };
}

function parseSignature(headers: string, role: string): Signature {
  const line = headers.split('\n').find((header) => header.startsWith(`${role} `)) ?? '';
  const [, name = '', email = '', seconds] =
    /^\w+ (.*?) ?<([^>]*)>(?: (\d{1,12})(?!\d))?/.exec(line) ?? [];
  return { name, email, time: Number(seconds ?? 0) * 1000 };
}

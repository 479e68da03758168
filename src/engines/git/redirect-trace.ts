import type { Readable } from 'node:stream';

/** What curl's trace said about the last HTTP response. */
export interface LastResponse {
  status: number | undefined;
  location: string | undefined;
  /** Some response was of Git's own media type: the server speaks smart HTTP. */
  isSmart: boolean;
}

const maxLineLength = 8192;

/**
 * Reads Git's curl trace (`GIT_TRACE_CURL`, headers only) for the status and Location of the last
 * response. Git is not allowed to follow redirects: it would carry our headers along, and skip the
 * check of where it is sent. Keeps one line at a time in memory.
 */
export function watchResponses(trace: Readable): LastResponse {
  const last: LastResponse = { status: undefined, location: undefined, isSmart: false };
  let pending = '';
  trace.setEncoding('latin1');
  trace.on('data', (chunk: string) => {
    const lines = (pending + chunk).split('\n');
    pending = (lines.pop() ?? '').slice(0, maxLineLength);
    for (const line of lines) readLine(line, last);
  });
  return last;
}

function readLine(line: string, last: LastResponse): void {
  const [, header] = /^\S+ http\.c:\d+ +<= Recv header: ?(.*?)\r?$/.exec(line) ?? [];
  if (header === undefined) return;
  const [, status] = /^HTTP\/[0-9.]+ (\d{3})/.exec(header) ?? [];
  if (status !== undefined) {
    last.status = Number(status);
    last.location = undefined;
  }
  const [, location] = /^location:\s*(\S+)/i.exec(header) ?? [];
  if (location !== undefined) last.location = location;
  if (/^content-type:\s*application\/x-git-upload-pack-/i.test(header)) last.isSmart = true;
}

/**
 * The repository a redirect points at. Git always asks for `<url>/info/refs?service=…` first, so
 * the target must end the same way, or it is not a redirect of a repository; undefined then.
 */
export function redirectTarget(from: string, location: string): string | undefined {
  const target = URL.parse(location, `${from}/info/refs`)?.href;
  const [, repository] = /^(.*?)\/info\/refs(?:\?.*)?$/.exec(target ?? '') ?? [];
  return repository;
}

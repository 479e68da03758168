import { z } from 'zod';
import { int64, stringMap, timestamp } from './fields.ts';

/** What a source published: a tarball, by revision and digest. */
export const Artifact = z
  .object({
    digest: z
      .string()
      .regex(/^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/)
      .describe('Digest of the file, `<algorithm>:<hex>`.'),
    lastUpdateTime: timestamp.describe('When this artifact was stored.'),
    metadata: stringMap
      .describe('What the origin says about it, such as OCI annotations.')
      .exactOptional(),
    path: z.string().describe('Path of the file below the root of the artifact store.'),
    revision: z.string().describe('The revision it was made from, such as `main@sha1:<commit>`.'),
    size: int64.describe('Size of the file in bytes.').exactOptional(),
    url: z.string().describe('Where the artifact server offers the file.'),
  })
  .describe('The stored result of a source.');
export type Artifact = z.infer<typeof Artifact>;

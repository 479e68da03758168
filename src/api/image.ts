import { z } from 'zod';

/** Replaces an image's name, tag or digest wherever the build mentions it. */
export const Image = z.object({
  digest: z.string().describe('Digest instead of a tag; wins over newTag.').exactOptional(),
  name: z.string().describe('The image to replace, without tag.'),
  newName: z.string().describe('Name to use instead.').exactOptional(),
  newTag: z.string().describe('Tag to use instead.').exactOptional(),
});
export type Image = z.infer<typeof Image>;

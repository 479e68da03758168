/** Values of a Secret by key. */
export type DecryptionKeys = ReadonlyMap<string, string>;

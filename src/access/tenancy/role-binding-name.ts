const offset = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;
const mask = 0xffffffffffffffffn;

/** What a RoleBinding of a tenant binds to whom. */
export interface Binding {
  clusterRoleName: string;
  subjects: readonly { apiGroup?: string; kind: string; namespace?: string; name: string }[];
}

/**
 * Name of a managed RoleBinding, as Capsule computes it: FNV-1a (64 bit) over the role and each
 * subject's apiGroup, kind, namespace and name, each field after its length as eight bytes, least
 * significant first.
 */
export function roleBindingName(binding: Binding): string {
  return `capsule:managed:${bindingHash(binding)}`;
}

/** The hash in that name, hexadecimal without padding. */
export function bindingHash({ clusterRoleName, subjects }: Binding): string {
  let hash = offset;
  const add = (byte: number) => {
    hash = ((hash ^ BigInt(byte)) * prime) & mask;
  };
  const addField = (text: string) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes.length));
    for (const byte of length) add(byte);
    for (const byte of bytes) add(byte);
  };
  addField(clusterRoleName);
  for (const { apiGroup = '', kind, namespace = '', name } of subjects) {
    for (const field of [apiGroup, kind, namespace, name]) addField(field);
  }
  return hash.toString(16);
}

const name = /^([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const prefix = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Whether a text can be the key of a label, an annotation or a resource: `[prefix/]name`. */
export function isQualifiedName(key: string): boolean {
  const parts = key.split('/');
  const [first = '', second] = parts;
  if (second === undefined) return name.test(first);
  return parts.length === 2 && prefix.test(first) && name.test(second);
}

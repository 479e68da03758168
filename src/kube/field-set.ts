import { isRecord } from '../base/json.ts';

/** One field of a FieldsV1 set, as the API server writes it: `.spec.ports[port=80].name`. */
export interface OwnedField {
  path: string;
  /** The keys of the set's tree: `f:spec`, `k:{"port":80}`, `v:"x"`. */
  keys: readonly string[];
}

const maxDepth = 32;

/** The leaves of a FieldsV1 set, at most `limit`. */
export function fieldsOf(set: unknown, limit: number): OwnedField[] {
  const found: OwnedField[] = [];
  const visit = (node: unknown, keys: string[]) => {
    if (found.length >= limit || keys.length > maxDepth) return;
    const children = isRecord(node) ? Object.keys(node).filter((key) => key !== '.') : [];
    if (children.length === 0 && keys.length > 0) found.push({ path: formatKeys(keys), keys });
    if (!isRecord(node)) return;
    for (const key of children) visit(node[key], [...keys, key]);
  };
  visit(set, []);
  return found;
}

/** True when the set has the field, or a whole that contains it. */
export function hasField(set: unknown, keys: readonly string[]): boolean {
  let node = set;
  for (const key of keys) {
    if (!isRecord(node) || !Object.hasOwn(node, key)) return false;
    node = node[key];
  }
  return true;
}

/** True when an object has something at the field. */
export function hasValue(object: unknown, keys: readonly string[]): boolean {
  let node = object;
  for (const key of keys) {
    node = child(node, key);
    if (node === undefined || node === null) return false;
  }
  return true;
}

function child(node: unknown, key: string): unknown {
  const rest = key.slice(2);
  if (key.startsWith('f:')) {
    return isRecord(node) && Object.hasOwn(node, rest) ? node[rest] : undefined;
  }
  if (!Array.isArray(node)) return undefined;
  const wanted = parse(rest);
  if (key.startsWith('v:')) return node.find((item) => item === wanted);
  if (!key.startsWith('k:') || !isRecord(wanted)) return undefined;
  const names = Object.entries(wanted);
  return node.find(
    (item) => isRecord(item) && names.every(([name, value]) => item[name] === value),
  );
}

/** Never a value: of a list of values only that it is one, of a list of maps the key it is found by. */
function formatKeys(keys: readonly string[]): string {
  return keys.map(formatKey).join('');
}

function formatKey(key: string): string {
  const rest = key.slice(2);
  if (key.startsWith('f:')) return /^[\w-]+$/.test(rest) ? `.${rest}` : `["${rest}"]`;
  const named = key.startsWith('k:') ? parse(rest) : undefined;
  if (!isRecord(named)) return '[]';
  const pairs = Object.entries(named).map(([name, value]) => `${name}=${String(value)}`);
  return `[${pairs.join(',')}]`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

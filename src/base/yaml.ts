import { LineCounter, parseAllDocuments, stringify, type Document, type ScalarTag } from 'yaml';
import { CodedError } from './errors.ts';
import { readYamlScalar } from './yaml-scalars.ts';

/** Aliases resolved in one document before it counts as an attack ("billion laughs"). */
const maxAliasCount = 100;
/** Values of a document with its aliases written out, and how deep they may nest. */
const maxExpandedValues = 1_000_000;
const maxDepth = 1_000;

/** Text that is not YAML, or YAML made to exhaust its reader. The message quotes no values. */
export class YamlError extends CodedError<'invalid-yaml'> {}

/** What the library needs of a pattern, exact where a regular expression could only be near. */
const numeric = { test: isNumeric } as RegExp;

function isNumeric(text: string): boolean {
  try {
    return /^[-+.0-9]/.test(text) && typeof readYamlScalar(text) !== 'string';
  } catch {
    return true;
  }
}

/** Plain scalars as Kubernetes reads them; an explicit tag other than these leaves text as it is. */
const scalarTags: ScalarTag[] = [
  {
    tag: 'tag:yaml.org,2002:null',
    default: true,
    test: /^(?:~|null|Null|NULL)?$/,
    identify: (value) => value === null || value === undefined,
    resolve: readScalar,
    stringify: () => 'null',
  },
  {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    test: /^(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
    identify: (value) => typeof value === 'boolean',
    resolve: readScalar,
    stringify: ({ value }) => String(value),
  },
  {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    test: numeric,
    identify: (value) => typeof value === 'number' || typeof value === 'bigint',
    resolve: readScalar,
    stringify: ({ value }) => String(value),
  },
  // Only for the explicit tag; plain floats are read above.
  {
    tag: 'tag:yaml.org,2002:float',
    default: false,
    resolve: readScalar,
  },
];

function readScalar(text: string, onError: (message: string) => void): unknown {
  try {
    return readYamlScalar(text);
  } catch (error) {
    onError((error as Error).message);
    return null;
  }
}

/** YAML 1.1 as Kubernetes reads manifests; merge keys allowed, duplicate keys refused. */
const options = {
  version: '1.1',
  schema: 'failsafe',
  merge: true,
  uniqueKeys: true,
  customTags: (tags: ScalarTag[]) => [...tags, ...scalarTags],
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/**
 * The value of one YAML document, as plain JSON; integers beyond 2^53 are BigInt. A `__proto__` key
 * becomes an own property. Throws {@link YamlError} on a syntax error, a duplicate key, a second
 * document, or aliases that expand to too much.
 */
export function parseYaml(text: string): unknown {
  const values = readDocuments(text);
  if (values.length > 1) {
    throw new YamlError('invalid-yaml', 'expected one YAML document, found several');
  }
  return values[0] ?? null;
}

/** The values of the documents of a stream, empty ones left out. Throws as {@link parseYaml}. */
export function parseYamlDocuments(text: string): unknown[] {
  return readDocuments(text).filter((value) => value !== null && value !== undefined);
}

function readDocuments(text: string): unknown[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { ...options, lineCounter } as never);
  return [...documents].map((document) => readDocument(document as Document, lineCounter));
}

function readDocument(document: Document, lines: LineCounter): unknown {
  const [error] = document.errors;
  if (error) {
    const { line } = lines.linePos(error.pos[0]);
    throw new YamlError('invalid-yaml', `line ${line}: ${error.message}`);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount });
  } catch (cause) {
    throw new YamlError('invalid-yaml', 'aliases expand to too much', { cause });
  }
  boundExpansion(value, { left: maxExpandedValues }, 0);
  return value;
}

/** Aliases share one value in memory, but whoever writes the document out pays for each. */
function boundExpansion(value: unknown, budget: { left: number }, depth: number): void {
  budget.left -= 1;
  if (budget.left < 0 || depth > maxDepth) {
    throw new YamlError('invalid-yaml', 'the document nests too deep or expands to too much');
  }
  if (typeof value !== 'object' || value === null) return;
  for (const child of Object.values(value)) boundExpansion(child, budget, depth + 1);
}

/** `value` as one YAML document with a trailing newline, in the order of its keys. */
export function stringifyYaml(value: unknown): string {
  return stringify(value, {
    ...options,
    // Text that any reader of YAML 1.1 would take for something else is quoted.
    compat: 'yaml-1.1',
    blockQuote: 'literal',
    lineWidth: 100,
    aliasDuplicateObjects: false,
  } as never);
}

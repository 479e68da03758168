import { openApiSchema } from '../crd/schema.ts';
import type { SchemaNode } from '../crd/structural.ts';
import type { Kind } from '../define-kind.ts';
import { fieldRows, ruleMessages, type FieldRow } from './fields.ts';

/** The generated part of a kind's page: names, then every field of spec and status. */
export function referenceSection(kind: Kind<unknown, unknown>): string {
  const { properties } = openApiSchema(kind, kind.versions[0].name) as {
    properties: Record<'spec' | 'status', SchemaNode>;
  };
  return [
    '## Reference',
    '',
    ...namesTable(kind),
    '',
    '### Spec',
    '',
    ...fieldTable(fieldRows(properties.spec, 'spec')),
    ...rulesOf(properties.spec),
    '',
    '### Status',
    '',
    ...fieldTable(fieldRows(properties.status, 'status')),
    '',
  ].join('\n');
}

/** One line per kind: what `kubectl` and `tenantry` call it. */
export function kindsTable(kinds: readonly Kind<unknown, unknown>[]): string {
  const rows = kinds.map((kind) => [
    `[${kind.kind}](${kind.kind.toLowerCase()}.md)`,
    kind.group,
    versionsOf(kind),
    kind.plural,
    kind.shortNames.join(', '),
    kind.categories.join(', '),
    kind.description,
  ]);
  const head = ['kind', 'group', 'versions', 'plural', 'short', 'categories', 'what it is'];
  return [...table(head, rows), ''].join('\n');
}

function versionsOf({ versions }: Kind<unknown, unknown>): string {
  const [storage, ...older] = versions.map(({ name }) => name);
  return older.length === 0 ? `${storage}` : `${storage}; ${older.join(', ')} (deprecated)`;
}

function namesTable(kind: Kind<unknown, unknown>): string[] {
  return table(
    ['', ''],
    [
      ['group', `\`${kind.group}\``],
      ['versions', versionsOf(kind)],
      ['names', `\`${[kind.plural, kind.singular, ...kind.shortNames].join('`, `')}\``],
      ['categories', `\`${kind.categories.join('`, `')}\``],
      ['scope', kind.scope],
      ['columns', kind.columns.map(({ name }) => name).join(', ')],
    ],
  );
}

function fieldTable(rows: readonly FieldRow[]): string[] {
  return table(
    ['field', 'type', 'allowed', 'meaning'],
    rows.map(({ path, type, required, allowed, description }) => [
      `\`${path}\``,
      type,
      [...(required ? ['**required**'] : []), ...(allowed === '' ? [] : [allowed])].join('; '),
      description,
    ]),
  );
}

function rulesOf(node: SchemaNode): string[] {
  const messages = ruleMessages(node);
  return messages.length === 0 ? [] : ['', 'Rules:', '', ...messages.map((text) => `- ${text}`)];
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

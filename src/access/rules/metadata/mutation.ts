import { celRecord } from '../../policy/cel.ts';
import type { MetadataCheck } from '../../../api/capsule/rules/checks.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { RuleFacts } from '../facts.ts';
import { checksAbout, isAboutCel } from './about.ts';

const fields = ['labels', 'annotations'] as const;
type Field = (typeof fields)[number];

/** An object with the metadata that rules put on it: defaults where a key is absent, managed values always. */
export function mutateMetadata(facts: RuleFacts): KubeObject {
  const checks = checksAbout(facts);
  if (!checks.some(({ default: value, managed }) => (value ?? managed) !== undefined)) {
    return facts.object;
  }
  const { metadata } = facts.object;
  const changed = Object.fromEntries(
    fields
      .map((field) => [field, mutated(metadata[field] ?? {}, ofField(checks, field))] as const)
      .filter(([field, values]) => metadata[field] || Object.keys(values).length > 0),
  );
  return { ...facts.object, metadata: { ...metadata, ...changed } };
}

const ofField = (checks: readonly MetadataCheck[], field: Field) =>
  checks.filter((check) => check.field === field);

/** Of several rules about a key, the last says its value. */
function mutated(
  values: Readonly<Record<string, string>>,
  checks: readonly MetadataCheck[],
): Record<string, string> {
  const pick = (of: (check: MetadataCheck) => string | undefined) =>
    Object.fromEntries(
      checks.flatMap((check) => {
        const value = of(check);
        return value === undefined ? [] : [[check.key, value]];
      }),
    );
  return { ...pick((check) => check.default), ...values, ...pick(({ managed }) => managed) };
}

/** Whether a check `c` puts anything on objects, in CEL. */
export const putsMetadataCel = `(has(c.default) || has(c.managed))`;

/**
 * The same as JSONPatch operations in CEL, which add to {@link patchedMaps}; needs the variable
 * `metadata`. Only what differs is patched.
 */
export const metadataPatchesCel = fields.map(patchOf);
export const patchedMaps = fields;

function patchOf(field: Field): string {
  const values = `object.metadata.?${field}.orValue({})`;
  const mine = `variables.metadata.filter(c, c.field == '${field}' && ${isAboutCel})`;
  const lastOf = (value: string) =>
    `[${mine}.filter(c, has(c.${value}))].map(l, l.transformList(i, c, ` +
    `!l.exists(n, d, n > i && d.key == c.key), ${celRecord({ key: 'c.key', value: `c.${value}` })}))[0]`;
  const defaults = `${lastOf('default')}.filter(e, !(e.key in ${values}))`;
  const managed = `${lastOf('managed')}.filter(e, !(e.key in ${values}) || ${values}[e.key] != e.value)`;
  const add = `JSONPatch{op: 'add', path: '/metadata/${field}/' + jsonpatch.escapeKey(e.key), value: e.value}`;
  return `(${defaults} + ${managed}).map(e, ${add})`;
}

import { lastAppliedAnnotation } from '../../api/annotations.ts';
import { isRecord, equalJson } from '../../base/json.ts';
import { unifiedDiff } from '../../base/unified-diff.ts';
import { stringifyYaml } from '../../base/yaml.ts';
import type { KubeObject } from '../../kube/object.ts';

/** metadata that says nothing about what somebody wants of the object. */
const bookkeeping = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp'];

const hidden = { before: '*** (before)', after: '*** (after)', same: '***' };

/**
 * The difference between an object as it is and as it would be, as a unified diff of YAML; empty
 * when nothing would change. Values of Secrets show only whether they change; `secrets` are shown
 * nowhere, wherever they have got to.
 */
export function diffObjects(
  before: KubeObject | undefined,
  after: KubeObject | undefined,
  secrets: ReadonlySet<string>,
): string {
  const [old, next] = [before, after].map((object) => object && essentials(object));
  const masked = maskSecrets({ before: old, after: next });
  return withoutSecrets(unifiedDiff(toText(masked.before), toText(masked.after)), secrets);
}

/**
 * An object as YAML for people. `isDecrypted`: it may hold what is encrypted in Git, so values of
 * Secrets are not shown at all.
 */
export function showObject(
  object: KubeObject,
  secrets: ReadonlySet<string>,
  isDecrypted: boolean,
): string {
  const { after } = isDecrypted
    ? maskSecrets({ before: undefined, after: object })
    : { after: object };
  return withoutSecrets(toText(after), secrets);
}

const toText = (object: KubeObject | undefined) => (object ? stringifyYaml(object) : '');

function essentials({ status: _status, ...object }: KubeObject): KubeObject {
  const kept = Object.entries(object.metadata).filter(([key]) => !bookkeeping.includes(key));
  const metadata = Object.fromEntries(kept) as unknown as KubeObject['metadata'];
  const { annotations } = metadata;
  if (annotations && lastAppliedAnnotation in annotations) {
    // Another tool's copy of the whole object, of a Secret's values as well.
    const { [lastAppliedAnnotation]: _copy, ...rest } = annotations;
    metadata.annotations = rest;
    if (Object.keys(rest).length === 0) delete metadata.annotations;
  }
  return { ...object, apiVersion: object.apiVersion, kind: object.kind, metadata };
}

interface Pair {
  before: KubeObject | undefined;
  after: KubeObject | undefined;
}

const isSecret = (object: KubeObject | undefined) =>
  object?.kind === 'Secret' && object.apiVersion === 'v1';

function maskSecrets({ before, after }: Pair): Pair {
  if (!isSecret(before ?? after)) return { before, after };
  return ['data', 'stringData'].reduce(maskField, { before, after });
}

function maskField({ before, after }: Pair, field: string): Pair {
  const [old, next] = [valuesOf(before, field), valuesOf(after, field)];
  return {
    before: before && withMasked(before, field, old, next, hidden.before),
    after: after && withMasked(after, field, next, old, hidden.after),
  };
}

function valuesOf(object: KubeObject | undefined, field: string): Record<string, unknown> {
  const values = object?.[field];
  return isRecord(values) ? values : {};
}

function withMasked(
  ...[object, field, values, others, changed]: [
    KubeObject,
    string,
    Record<string, unknown>,
    Record<string, unknown>,
    string,
  ]
): KubeObject {
  if (!isRecord(object[field])) return object;
  const masked = Object.entries(values).map(([key, value]) => [
    key,
    Object.hasOwn(others, key) && !equalJson(value, others[key]) ? changed : hidden.same,
  ]);
  return { ...object, [field]: Object.fromEntries(masked) };
}

/** Values a run read from Secrets, as they are, without their ends, and as base64. */
export function withoutSecrets(text: string, secrets: ReadonlySet<string>): string {
  let clean = text;
  for (const secret of secrets) {
    const forms = [secret, secret.trim(), Buffer.from(secret).toString('base64')];
    // A very short value is part of every other word.
    for (const form of forms) if (form.length >= 4) clean = clean.replaceAll(form, '***');
  }
  return clean;
}

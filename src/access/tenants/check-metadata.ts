import { isRecord } from '../../base/json.ts';
import { isQualifiedName } from '../../kube/qualified-name.ts';
import { unknownTokens } from './check-names.ts';

/** Parts of a Tenant's spec that put metadata on objects. */
const parts = [
  ['namespaceOptions', 'additionalMetadata'],
  ['namespaceOptions', 'additionalMetadataList'],
  ['serviceOptions', 'additionalMetadata'],
  ['podOptions', 'additionalMetadata'],
] as const;

const name = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const labelValue = new RegExp(`^(${name})?$`);

/** What is wrong with the metadata that a Tenant's spec, as it was sent, puts on objects. */
export function metadataProblems(spec: unknown): string[] {
  return parts.flatMap(([option, field]) => {
    const options = isRecord(spec) ? spec[option] : undefined;
    const value = isRecord(options) ? options[field] : undefined;
    const entries = Array.isArray(value) ? value : [value];
    return entries.flatMap((entry, index) => {
      const path = `spec.${option}.${field}${Array.isArray(value) ? `[${index}]` : ''}`;
      return isRecord(entry)
        ? [
            ...problemsOf(entry['labels'], `${path}.labels`, true),
            ...problemsOf(entry['annotations'], `${path}.annotations`, false),
          ]
        : [];
    });
  });
}

function problemsOf(values: unknown, path: string, areLabels: boolean): string[] {
  return Object.entries(isRecord(values) ? values : {}).flatMap(([key, value]) => {
    const text = String(value);
    const unknown = unknownTokens(text);
    if (!isQualifiedName(key)) return [`${path}: '${key}' is no key`];
    if (unknown.length > 0) {
      return [`${path}.${key}: only {{ tenant.name }} and {{ namespace }} are filled in`];
    }
    // Names of tenants and namespaces are good label values.
    const filled = text.replaceAll(/\{\{[^}]*\}\}/g, 'x');
    return areLabels && !labelValue.test(filled) ? [`${path}.${key}: no value of a label`] : [];
  });
}

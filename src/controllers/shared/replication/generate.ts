import type { Generator, ReplicatedResources } from '../../../api/capsule/replication.ts';
import type { Tenant } from '../../../api/capsule/tenant.ts';
import { messageOf } from '../../../base/errors.ts';
import { parseYamlDocuments, YamlError } from '../../../base/yaml.ts';
import { describeTemplateFault } from '../../../engines/templates/template-fault.ts';
import type { Templates, TemplateResult } from '../../../engines/templates/templates.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Sources } from './sources.ts';
import { tokensOf, type Target } from './targets.ts';

/** What generators see for one target. */
export type TemplateValues = Record<string, unknown>;

/** `tenant`, `namespace` and the lists that the spec names, as templates see them. */
export async function templateValues(
  { context }: Pick<ReplicatedResources, 'context'>,
  target: Target,
  sources: Sources,
): Promise<TemplateValues> {
  const values: TemplateValues = {};
  for (const [position, entry] of (context?.resources ?? []).entries()) {
    const found = await sources.context(entry, tokensOf(target));
    if (found.length > 0) values[entry.index ?? String(position)] = found.map(forTemplates);
  }
  // Last, so that no list can pass for them.
  if (target.tenant) values['tenant'] = forTemplates(target.tenant);
  if (target.namespace) values['namespace'] = forTemplates(target.namespace);
  return values;
}

/** Without what changes with every write: the same object gives the same text. */
function forTemplates(object: KubeObject | Tenant): KubeObject {
  const { resourceVersion: _version, managedFields: _fields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What a generator gives for one target: the manifests, or why there are none. */
export type Generated = { manifests: unknown[] } | { why: string };

/** What a generator gives for each of several targets. */
export async function generate(
  { template = '', missingKey }: Generator,
  values: readonly TemplateValues[],
  { templates, tenant, signal }: { templates: Templates; tenant: string; signal: AbortSignal },
): Promise<Generated[]> {
  const asked = { source: template, missingKey };
  const results = await templates.execute(asked, values, { tenant, signal });
  return results.map(readManifests);
}

/** Manifests that one generator may give at a time. */
const maxManifests = 500;

function readManifests(result: TemplateResult): Generated {
  if ('fault' in result) return { why: describeTemplateFault(result.fault) };
  try {
    const documents = parseYamlDocuments(result.text).filter((each) => !isEmpty(each));
    if (documents.length > maxManifests)
      return { why: `it gives more than ${maxManifests} manifests` };
    return { manifests: documents };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return { why: `what it gives is no YAML: ${messageOf(error)}` };
  }
}

const isEmpty = (document: unknown) =>
  typeof document === 'object' && document !== null && Object.keys(document).length === 0;

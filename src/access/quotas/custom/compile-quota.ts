import type { QuotaSource, SourceSelector } from '../../../api/capsule/custom-quota-spec.ts';
import { messageOf } from '../../../base/errors.ts';
import type { JsonPath } from '../../../kube/json-path/json-path.ts';
import { parseJsonPath } from '../../../kube/json-path/parse-json-path.ts';
import type { ResourceType } from '../../../kube/object.ts';
import { formatSelector, type LabelSelector } from '../../../kube/label-selector.ts';
import { parseFieldSelector, type FieldSelector } from './field-selector.ts';
import type { QuotaExpression } from './quota-expression.ts';

/** The spec of a quota, ready to count objects by. */
export interface CompiledQuota {
  sources: readonly CompiledSource[];
  /** Which objects count, of all sources: those any selector selects; all if there is none. */
  scope: readonly LabelSelector[];
}

export interface CompiledSource {
  /** Of the kind; the version is what paths and expressions are written for. */
  group: string;
  version: string;
  kind: string;
  op: QuotaSource['op'];
  /** As users write it, for messages: `path ".spec.size"`. */
  text: string;
  /** What the quantities of an object are; absent where each counts as one. */
  usage?: { path: JsonPath } | { expression: QuotaExpression };
  selectors: readonly CompiledSelector[];
}

export interface CompiledSelector {
  labels: LabelSelector;
  fields: readonly FieldSelector[];
  conditions: readonly QuotaExpression[];
}

/** What is wrong with a spec, and where. */
export interface QuotaProblem {
  /** `spec.sources[0].path` */
  path: string;
  message: string;
}

/** Paths, field selectors and expressions of one quota; every object is looked at with each of them. */
export const maxExpressions = 256;

/** Reads what a quota counts. Expressions are not checked here: that takes an evaluator. */
export function compileQuota(spec: {
  sources: readonly QuotaSource[];
  scopeSelectors?: readonly LabelSelector[] | undefined;
}): { quota: CompiledQuota; problems: QuotaProblem[] } {
  const problems: QuotaProblem[] = [];
  const attempt = <T>(path: string, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      problems.push({ path, message: messageOf(error) });
      return undefined;
    }
  };
  const sources = spec.sources.map((source, index) =>
    compileSource(source, `spec.sources[${index}]`, attempt),
  );
  for (const [index, selector] of (spec.scopeSelectors ?? []).entries())
    attempt(`spec.scopeSelectors[${index}]`, () => checkLabels(selector));
  const quota = { sources, scope: spec.scopeSelectors ?? [] };
  const count = countExpressions(quota);
  if (count > maxExpressions)
    problems.push({
      path: 'spec.sources',
      message: `has ${count} paths, field selectors and expressions, and may have ${maxExpressions}`,
    });
  return { quota, problems };
}

/** Whether a source names a kind, in whatever version. */
export function namesKind(
  { apiVersion, kind }: Pick<QuotaSource, 'apiVersion' | 'kind'>,
  type: Pick<ResourceType, 'group' | 'kind'>,
): boolean {
  return kind === type.kind && groupVersionOf(apiVersion).group === type.group;
}

function groupVersionOf(apiVersion = ''): { group: string; version: string } {
  const [first = '', second] = apiVersion === '' ? ['v1'] : apiVersion.split('/');
  return second === undefined ? { group: '', version: first } : { group: first, version: second };
}

type Attempt = <T>(path: string, work: () => T) => T | undefined;

function compileSource(source: QuotaSource, at: string, attempt: Attempt): CompiledSource {
  const { apiVersion, kind, op, path = '', cel = '', selectors = [] } = source;
  const usage = usageOf({ path, cel }, at, attempt);
  return {
    ...groupVersionOf(apiVersion),
    kind,
    op,
    text: path === '' ? `cel ${JSON.stringify(cel)}` : `path ${JSON.stringify(path)}`,
    ...(usage && { usage }),
    selectors: selectors.map((selector, index) =>
      compileSelector(selector, `${at}.selectors[${index}]`, attempt),
    ),
  };
}

function usageOf(
  { path, cel }: { path: string; cel: string },
  at: string,
  attempt: Attempt,
): CompiledSource['usage'] {
  if (cel !== '') return { expression: { source: cel, gives: 'quantities', path: `${at}.cel` } };
  const parsed = path === '' ? undefined : attempt(`${at}.path`, () => parseJsonPath(path));
  return parsed && { path: parsed };
}

function compileSelector(selector: SourceSelector, at: string, attempt: Attempt): CompiledSelector {
  const { fieldSelectors = [], celExpressions = [], ...labels } = selector;
  attempt(at, () => checkLabels(labels));
  return {
    labels,
    fields: fieldSelectors.flatMap(
      (text, index) =>
        attempt(`${at}.fieldSelectors[${index}]`, () => [parseFieldSelector(text)]) ?? [],
    ),
    conditions: celExpressions.map((source, index) => ({
      source,
      gives: 'boolean',
      path: `${at}.celExpressions[${index}]`,
    })),
  };
}

function checkLabels(selector: LabelSelector): void {
  if (formatSelector(selector) === undefined)
    throw new Error('is no label selector: check its keys, operators and values');
}

function countExpressions({ sources }: CompiledQuota): number {
  const counts = sources.map(({ usage, selectors }) =>
    selectors.reduce(
      (sum, { fields, conditions }) => sum + fields.length + conditions.length,
      usage ? 1 : 0,
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** All expressions of a quota, in order. */
export function expressionsOf({ sources }: CompiledQuota): QuotaExpression[] {
  return sources.flatMap(({ usage, selectors }) => [
    ...(usage && 'expression' in usage ? [usage.expression] : []),
    ...selectors.flatMap(({ conditions }) => conditions),
  ]);
}

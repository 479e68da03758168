import { retryable } from '../../../base/errors.ts';
import { Reason } from '../../../api/reasons.ts';
import { describeTemplateFault } from '../../../engines/templates/template-fault.ts';
import type { Templates } from '../../../engines/templates/templates.ts';

/** What templates are executed with. */
export interface Filling {
  templates: Pick<Templates, 'execute'> | undefined;
  /** `.tenant` and `.namespace`: both objects, as the API server has them. */
  values: Readonly<Record<string, unknown>>;
  tenant: string;
  signal: AbortSignal;
}

/**
 * A value with each text in it that is a Go template filled in; keys, too. Every text is a template of
 * its own: what it gives stays one text, whatever is in it. A name that is not there is an error.
 */
export async function fillTemplates<T>(value: T, filling: Filling): Promise<T> {
  const texts = new Set<string>();
  walk(value, (text) => texts.add(text) && text);
  const filled = new Map<string, string>();
  for (const source of texts) {
    if (source.includes('{{')) filled.set(source, await fill(source, filling));
  }
  return walk(value, (text) => filled.get(text) ?? text) as T;
}

async function fill(
  source: string,
  { templates, values, tenant, signal }: Filling,
): Promise<string> {
  if (!templates)
    throw retryable(Reason.Failed, 'spec.rules has templates, and no engine runs here');
  const template = { source, missingKey: 'error' } as const;
  const [result] = await templates.execute(template, [values], { tenant, signal });
  if (result && 'text' in result) return result.text;
  const why = result ? `: ${describeTemplateFault(result.fault)}` : '';
  throw retryable(Reason.Failed, `a template in spec.rules cannot be filled in${why}`);
}

function walk(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [change(key), walk(item, change)]),
  );
}

import { createHash } from 'node:crypto';
import { stringifyJson } from '../../base/json.ts';
import { createByteLru } from '../../base/lru.ts';
import { RenderError } from '../render/render-error.ts';
import type { RenderPool } from '../render/render-pool.ts';
import type { TemplateFault } from './template-fault.ts';

/** A Go template with sprig's functions, but for those that read the host or are random. */
export interface Template {
  source: string;
  /** What a name that is not there stands for: its zero value, `<no value>`, or an error. */
  missingKey: 'zero' | 'invalid' | 'error';
}

/** What a template gives for one set of values. */
export type TemplateResult = { text: string } | { fault: TemplateFault };

/** Who asks: executions take turns between tenants. */
export interface TemplateOptions {
  tenant: string;
  signal?: AbortSignal | undefined;
}

/**
 * Executes tenants' Go templates in processes that can be killed, so that no template keeps anybody
 * else waiting. A template sees the values it is given and nothing else.
 */
export interface Templates {
  /**
   * What the template gives for each set of values, in their order. Asks an engine only for what it
   * was not asked for before. Throws {@link RenderError} when no engine could be had, or the
   * signal's reason.
   */
  execute(
    template: Template,
    values: readonly Readonly<Record<string, unknown>>[],
    options: TemplateOptions,
  ): Promise<TemplateResult[]>;
}

/** Of one text. */
const maxBytes = 1 << 20;
/** Of one request: a template that takes longer ends here, with its process. */
const deadlineMs = 5_000;
/** Sets of values that go with one request. */
const batchSize = 100;

/** Templates executed by the engines of `pool`; keeps texts of up to `cacheBytes`. */
export function createTemplates(
  pool: Pick<RenderPool, 'request'>,
  { cacheBytes = 16 << 20 }: { cacheBytes?: number } = {},
): Templates {
  const known = createByteLru<TemplateResult>(cacheBytes);

  async function ask(
    template: Template,
    values: readonly string[],
    { tenant, signal }: TemplateOptions,
  ): Promise<TemplateResult[]> {
    const { result, attachments } = await pool.request({
      op: 'template',
      params: { ...template, maxBytes },
      attachments: values.map((each) => Buffer.from(each)),
      tenant,
      deadlineMs,
      signal,
    });
    // The engine's own answer; native/engine/template.go says the same.
    const { results } = result as { results: { reply: number; fault?: TemplateFault }[] };
    return results.map(({ reply, fault }) =>
      fault ? { fault } : { text: Buffer.from(attachments[reply] ?? []).toString() },
    );
  }

  async function askBounded(
    template: Template,
    values: readonly string[],
    options: TemplateOptions,
  ): Promise<TemplateResult[]> {
    try {
      return await ask(template, values, options);
    } catch (error) {
      const fault = limitOf(error);
      if (!fault) throw error;
      return values.map(() => ({ fault }));
    }
  }

  return {
    async execute(template, values, options) {
      const texts = values.map(stringifyJson);
      const keys = texts.map((text) => keyOf(template, text));
      const textOf = new Map(keys.map((key, index) => [key, texts[index] ?? '{}']));
      const fresh = [...textOf.keys()].filter((key) => !known.get(key));
      const answers = new Map<string, TemplateResult>();
      for (let at = 0; at < fresh.length; at += batchSize) {
        const batch = fresh.slice(at, at + batchSize);
        const asked = batch.map((key) => textOf.get(key) ?? '{}');
        const results = await askBounded(template, asked, options);
        for (const [index, key] of batch.entries()) {
          const answer = results[index];
          if (!answer) continue;
          answers.set(key, answer);
          if (!isPassing(answer)) known.set(key, answer, sizeOf(answer));
        }
      }
      return keys.map((key) => answers.get(key) ?? known.get(key) ?? { text: '' });
    },
  };
}

/** Of digests: values may be large, and secret. */
function keyOf({ source, missingKey }: Template, values: string): string {
  const hash = createHash('sha256');
  return hash
    .update(JSON.stringify([source, missingKey]))
    .update(values)
    .digest('base64url');
}

const sizeOf = (result: TemplateResult) => 200 + ('text' in result ? result.text.length * 2 : 0);

/** Tried again, it may be different. */
const isPassing = (result: TemplateResult) => 'fault' in result && result.fault.code === 'stopped';

/** The limits of the process, which the template reached and not we. */
function limitOf(error: unknown): TemplateFault | undefined {
  if (!(error instanceof RenderError)) return undefined;
  if (error.code === 'result-too-large') return { code: 'too-large' };
  const isStopped = error.code === 'deadline-exceeded' || error.code === 'memory-exceeded';
  return isStopped ? { code: 'stopped' } : undefined;
}

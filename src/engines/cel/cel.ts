import { stringifyJson } from '../../base/json.ts';
import { createByteLru } from '../../base/lru.ts';
import type { RenderPool } from '../render/render-pool.ts';
import { RenderError } from '../render/render-error.ts';
import type { CelFault } from './cel-fault.ts';

/** An expression in Flux's dialect of CEL, or in that of the API server's own policies. */
export interface CelExpression {
  source: string;
  /**
   * The names it may use, each an object. With them types are checked ahead; without any, the
   * fields of the object it is evaluated over are its names, and only its syntax is checked.
   */
  variables?: readonly string[];
  /** Flux's if absent. */
  dialect?: 'kubernetes';
  /** A boolean if absent; `quantities` is one, or a list of them. */
  gives?: 'quantities';
}

/** What an expression says: true or false, or the quantities it gives as the API server writes them. */
export type CelVerdict = { value: boolean; quantities?: readonly string[] } | { fault: CelFault };

/** Who asks: evaluations take turns between tenants. */
export interface CelOptions {
  tenant: string;
  signal?: AbortSignal | undefined;
}

/**
 * Evaluates tenants' CEL in processes that can be killed (adr/0009), so that no expression keeps
 * anybody else waiting. An expression sees the values it is given and nothing else: no clock, no
 * environment, no other object.
 */
export interface Cel {
  /** What is wrong with each expression in itself. Asks an engine only about what is new. */
  check(
    expressions: readonly CelExpression[],
    options: CelOptions,
  ): Promise<(CelFault | undefined)[]>;
  /**
   * What each expression says of `values`. Throws {@link RenderError} when no engine could be had,
   * or the signal's reason.
   */
  evaluate(
    expressions: readonly CelExpression[],
    values: Readonly<Record<string, unknown>>,
    options: CelOptions,
  ): Promise<CelVerdict[]>;
}

/**
 * Of one evaluation, in the API server's units: about one per step, and one per ten bytes a function
 * reads. A health check of twenty conditions takes some two hundred; this many, well under two seconds.
 */
const costLimit = 100_000;
/** Of one request: what the cost does not foresee ends here. */
const deadlineMs = 5_000;
const checkedBytes = 4 << 20;

/** Expressions evaluated by the engines of `pool`. */
export function createCel(pool: Pick<RenderPool, 'request'>): Cel {
  const checked = createByteLru<{ fault?: CelFault }>(checkedBytes);

  async function ask(
    expressions: readonly CelExpression[],
    values: Readonly<Record<string, unknown>> | undefined,
    { tenant, signal }: CelOptions,
  ): Promise<Answer[]> {
    const limited = expressions.map((expression) => ({ ...expression, costLimit }));
    const { result } = await pool.request({
      op: 'evaluate',
      params: { expressions: limited },
      attachments: values ? [Buffer.from(stringifyJson(values))] : [],
      tenant,
      deadlineMs,
      signal,
    });
    // The engine's own answer; native/engine/cel.go says the same.
    return (result as { verdicts: Answer[] }).verdicts;
  }

  return {
    async check(expressions, options) {
      const keys = expressions.map(({ source, variables = [], dialect = '', gives = '' }) =>
        JSON.stringify([variables, dialect, gives, source]),
      );
      const fresh = expressions.filter((_, index) => !checked.get(keys[index] ?? ''));
      const answers = fresh.length > 0 ? await ask(fresh, undefined, options) : [];
      return expressions.map((expression, index) => {
        const key = keys[index] ?? '';
        const known = checked.get(key) ?? withFault(answers[fresh.indexOf(expression)]);
        checked.set(key, known, key.length * 2);
        return known.fault;
      });
    },
    async evaluate(expressions, values, options) {
      try {
        return (await ask(expressions, values, options)).map(toVerdict);
      } catch (error) {
        if (!wasStopped(error)) throw error;
        return expressions.map(() => ({ fault: { code: 'stopped' } }));
      }
    },
  };
}

interface Answer {
  value: boolean;
  quantities?: readonly string[];
  fault?: CelFault;
}

function withFault(answer: Answer | undefined): { fault?: CelFault } {
  return answer?.fault ? { fault: answer.fault } : {};
}

function toVerdict({ fault, ...said }: Answer): CelVerdict {
  return fault ? { fault } : said;
}

/** The limits of the process, which the expression reached and not we. */
function wasStopped(error: unknown): boolean {
  return (
    error instanceof RenderError &&
    (error.code === 'deadline-exceeded' || error.code === 'memory-exceeded')
  );
}

import { RenderError } from '../render/render-error.ts';
import { applyOperator, isDefaultOperator } from './expansion.ts';

/** What `${name}` may be replaced by, and how. */
export interface SubstituteOptions {
  variables: Readonly<Record<string, string>>;
  /** A variable that is neither set nor has a default is an error; otherwise it is empty. */
  strict: boolean;
}

/** Characters that all calls of one substitution may read and write together. */
const workLimit = 64 << 20;
const maxNesting = 64;

const nameOfVariable = /^[_a-zA-Z][_a-zA-Z0-9]*$/;

/**
 * A function that replaces the expressions in texts, as spec.postBuild says: `${v}`, the length
 * `${#v}`, case `${v^} ${v^^} ${v,} ${v,,}`, slices `${v:n} ${v:n:len}`, trims `${v#p} ${v##p}
 * ${v%p} ${v%%p}`, replacement `${v/a/b} ${v//a/b} ${v/#a/b} ${v/%a/b}`, and defaults `${v:=d}
 * ${v:-d} ${v=d} ${v-d}`, and `${v:?why}` for a variable that must not be empty, where arguments
 * may hold expressions again. `$$` is a `$` that starts none, and `$v` is text. The work of all calls together is bounded.
 *
 * Throws `substitution-failed`, now for a malformed name, later for a malformed expression, a
 * missing variable, or too much work. Messages name variables and never quote values.
 */
export function createSubstitute(options: SubstituteOptions): (text: string) => string {
  const variables = new Map<string, string>();
  for (const [name, value] of Object.entries(options.variables)) {
    if (!nameOfVariable.test(name)) {
      throw failure(
        `the variable name ${JSON.stringify(name.slice(0, 80))} is not letters, digits and underscores`,
      );
    }
    variables.set(name, value.replaceAll('\n', ''));
  }
  const context: Context = { variables, strict: options.strict, workLeft: workLimit };
  return (text) => new Expander(text, context).expandText();
}

interface Context {
  variables: ReadonlyMap<string, string>;
  strict: boolean;
  workLeft: number;
}

function failure(message: string): RenderError {
  return new RenderError('substitution-failed', message);
}

/** The characters at which an argument ends, and whether `\/`, `\\` and `$$` are escapes in it. */
interface ArgumentSyntax {
  end: string;
  escapes?: boolean;
}

const word: ArgumentSyntax = { end: '}' };
const sliceStart: ArgumentSyntax = { end: ':}' };
const replaced: ArgumentSyntax = { end: '/', escapes: true };
const replacement: ArgumentSyntax = { end: '}', escapes: true };

/** A recursive descent over one text that expands while it parses. */
class Expander {
  readonly #text: string;
  readonly #context: Context;
  #at = 0;
  #depth = 0;

  constructor(text: string, context: Context) {
    this.#text = text;
    this.#context = context;
  }

  expandText(): string {
    const parts: string[] = [];
    for (;;) {
      const dollar = this.#text.indexOf('$', this.#at);
      if (dollar === -1) break;
      parts.push(this.#text.slice(this.#at, dollar));
      this.#at = dollar;
      if (this.#take('${')) parts.push(this.#charge(this.#expression()));
      else if (this.#take('$$') || this.#take('$')) parts.push('$');
    }
    parts.push(this.#text.slice(this.#at));
    return parts.join('');
  }

  /** From after `${` to after `}`. */
  #expression(): string {
    this.#depth += 1;
    if (this.#depth > maxNesting) throw failure('expressions are nested too deep');
    const measured = this.#take('#');
    const name = this.#match(/[\p{L}\p{Nd}_]+/uy);
    if (name === '') throw failure(`${this.#where()} there is no variable name after "\${"`);
    const operator = measured ? 'length' : this.#match(/:[-=?]|,,?|\^\^?|\/[/#%]?|##?|%%?|[-=:]/y);
    const args = measured ? [] : this.#arguments(operator, name);
    if (!this.#take('}')) throw this.#unsupported(name);
    this.#depth -= 1;
    return this.#apply(name, operator, args);
  }

  #arguments(operator: string, name: string): string[] {
    if (operator === '' || /^[,^]/.test(operator)) return [];
    if (/^[#%]/.test(operator)) return [this.#argument(word, name)];
    if (operator.startsWith('/')) return this.#replaceArguments(name);
    return operator === ':' ? this.#sliceArguments(name) : [this.#wordWithExpressions(name)];
  }

  #sliceArguments(name: string): string[] {
    if (this.#text.startsWith('+', this.#at)) throw this.#unsupported(name);
    const start = this.#argument(sliceStart, name);
    return this.#match(/:+/y) === '' ? [start] : [start, this.#argument(word, name)];
  }

  #replaceArguments(name: string): string[] {
    const pattern = this.#argument(replaced, name);
    if (this.#match(/\/+/y) === '') throw this.#unsupported(name);
    return this.#text.startsWith('}', this.#at)
      ? [pattern]
      : [pattern, this.#argument(replacement, name)];
  }

  #wordWithExpressions(name: string): string {
    const parts: string[] = [];
    while (this.#at < this.#text.length && !this.#text.startsWith('}', this.#at)) {
      parts.push(this.#argument(word, name));
    }
    return parts.join('');
  }

  /** One expression, or text of at least one character up to the next expression or the end. */
  #argument(syntax: ArgumentSyntax, name: string): string {
    if (this.#take('${')) return this.#expression();
    const parts: string[] = [];
    while (this.#at < this.#text.length) {
      const escaped = syntax.escapes ? this.#match(/\\[/\\]|\$\$/y) : '';
      const character = escaped === '' ? this.#text.charAt(this.#at) : escaped.charAt(1);
      if (escaped === '') {
        if (syntax.end.includes(character) || this.#text.startsWith('${', this.#at)) break;
        this.#at += 1;
      }
      parts.push(character);
    }
    if (parts.length === 0) throw this.#unsupported(name);
    return parts.join('');
  }

  #apply(name: string, operator: string, args: string[]): string {
    const value = this.#context.variables.get(name);
    if (operator === ':?' && !value) {
      throw failure(`variable "${name}" is required; define it in spec.postBuild`);
    }
    if (value === undefined && this.#context.strict && !isDefaultOperator(operator)) {
      throw failure(
        `variable "${name}" is not set; define it in spec.postBuild or give it a default: \${${name}:=default}`,
      );
    }
    return applyOperator(value ?? '', operator, args, (work) => this.#spend(work));
  }

  #charge(text: string): string {
    this.#spend(text.length);
    return text;
  }

  #spend(work: number): void {
    this.#context.workLeft -= work;
    if (this.#context.workLeft < 0) throw failure('the substitutions add up to too much text');
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  /** What a sticky pattern matches here; empty if nothing. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #where(): string {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    return `in line ${line} of the built object`;
  }

  #unsupported(name: string): RenderError {
    return failure(
      `${this.#where()} the expression of variable "${name}" is malformed or of a form that is not supported; write $\${ for a literal \${`,
    );
  }
}

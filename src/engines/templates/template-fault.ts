/**
 * Why a template gave no text.
 *
 * - `invalid`: it does not parse; `line` (from 1) says where.
 * - `failed`: executing it came to an error; `detail` is the part of the template it happened at.
 * - `too-large`: it, or what it gives, is larger than allowed.
 * - `stopped`: its process was stopped, for time or memory. May be different on another try.
 */
export interface TemplateFault {
  code: 'invalid' | 'failed' | 'too-large' | 'stopped';
  detail?: string;
  line?: number;
}

const words: Record<TemplateFault['code'], string> = {
  invalid: 'it is no template',
  failed: 'it fails',
  'too-large': 'it gives more text than allowed',
  stopped: 'it took too long or too much memory and was stopped',
};

/** A fault in words that say what to change. Nothing of what the template was given is in them. */
export function describeTemplateFault({ code, detail, line }: TemplateFault): string {
  const where = line === undefined || line === 0 ? '' : `line ${line}: `;
  return `${where}${words[code]}${detail === undefined ? '' : `: ${detail}`}`;
}

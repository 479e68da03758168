import { table } from '../api/reference/page.ts';
import { hookName } from './hook-name.ts';
import { hooks } from './hooks.ts';

/** The generated part of docs/admission.md: every webhook, and what becomes of requests without it. */
export function hooksReference(): string {
  const rows = [...hooks]
    .sort((a, b) => (hookName(a) < hookName(b) ? -1 : 1))
    .map((hook) => [
      `\`${hookName(hook)}\``,
      `\`${hook.path}\``,
      hook.purpose,
      hook.failurePolicy.policy === 'Fail' ? 'closed' : 'open',
      hook.failurePolicy.because,
    ]);
  return [
    '## Webhooks',
    '',
    ...table(['webhook', 'path', 'what it does', 'fails', 'why that is safe'], rows),
    '',
  ].join('\n');
}

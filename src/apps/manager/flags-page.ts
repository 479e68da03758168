import { table } from '../../api/reference/page.ts';
import type { CommandOption } from '../../cli/command.ts';
import { featureGates } from '../../runtime/feature-gates.ts';
import { actingOptions } from './options.ts';
import { unusedOptions } from './unused-options.ts';

/** The generated part of docs/flags.md: every flag and every gate, as the program has them. */
export function flagsReference(): string {
  const acting = actingOptions.map((option) => [...cellsOf(option), option.differs ?? '']);
  const unused = unusedOptions.map(cellsOf);
  const gates = Object.entries(featureGates).map(([name, gate]) => [
    `\`${name}\``,
    `${gate.default}`,
    gate.here,
  ]);
  return [
    '## Flags',
    '',
    ...table(['flag', 'default', 'what it does', 'unlike in Flux'], acting),
    '',
    '## Flags without effect',
    '',
    ...table(['flag', 'default', 'what it does'], unused),
    '',
    '## Feature gates',
    '',
    ...table(['gate', 'default', 'what it does when on'], gates),
    '',
  ].join('\n');
}

/** The first cells of a flag's row: flag, default, what it does. */
export function cellsOf({ flag, default: value = '', description, choices, env }: CommandOption) {
  const allowed = choices ? ` (${choices.join(', ')})` : '';
  const variable = env === undefined ? '' : `; also \`${env}\` in the environment`;
  return [`\`${flag}\``, value === '' ? '' : `\`${value}\``, description + allowed + variable];
}

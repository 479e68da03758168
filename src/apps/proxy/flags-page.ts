import { table } from '../../api/reference/page.ts';
import { cellsOf } from '../manager/flags-page.ts';
import { proxyGates } from './gates.ts';
import { actingProxyOptions, unusedProxyOptions } from './options.ts';

/** The generated part of docs/proxy.md: every flag of `tenantry proxy`, as the program has them. */
export function proxyFlagsReference(): string {
  const columns = ['flag', 'default', 'what it does'];
  const gates = Object.entries(proxyGates).map(([name, here]) => [`\`${name}\``, here]);
  return [
    '## Flags',
    '',
    ...table(columns, actingProxyOptions.map(cellsOf)),
    '',
    '## Flags without effect',
    '',
    ...table(columns, unusedProxyOptions.map(cellsOf)),
    '',
    '## Feature gates, all off by default',
    '',
    ...table(['gate', 'what it does when on'], gates),
    '',
  ].join('\n');
}

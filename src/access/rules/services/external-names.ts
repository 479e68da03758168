import { celRecord } from '../../policy/cel.ts';
import { hostname, hostnameCel } from '../hostnames/hostname.ts';
import { matchesPattern, matchesPatternCel } from '../pattern.ts';
import type { Topic } from '../topic.ts';
import { serviceSpec, serviceTypeCel } from './service.ts';

/** The name that a Service of type ExternalName stands for. */
export const externalNames: Topic<'externalNames'> = {
  name: 'externalNames',
  what: 'externalName hostname',
  asked({ object }) {
    const { type, externalName = '' } = serviceSpec(object);
    return type === 'ExternalName'
      ? [{ path: 'spec.externalName', value: hostname(externalName) }]
      : [];
  },
  askedCel:
    `${serviceTypeCel} != 'ExternalName' ? [] : ` +
    `[${celRecord({ path: `'spec.externalName'`, value: hostnameCel(`object.spec.?externalName.orValue('')`) })}]`,
  matches: (check, { value }) => matchesPattern(check, value),
  matchesCel: matchesPatternCel('c', 'v.value'),
};

import { celRecord } from '../../policy/cel.ts';
import { matchesPattern, matchesPatternCel } from '../pattern.ts';
import type { Topic } from '../topic.ts';
import { serviceSpec, serviceTypeCel } from './service.ts';

/** The type of a Service. */
export const serviceTypes: Topic<'serviceTypes'> = {
  name: 'serviceTypes',
  what: 'service type',
  asked: ({ object }) => [{ path: 'spec.type', value: serviceSpec(object).type ?? 'ClusterIP' }],
  askedCel: `[${celRecord({ path: `'spec.type'`, value: serviceTypeCel })}]`,
  matches: (check, { value }) => matchesPattern(check, value),
  matchesCel: matchesPatternCel('c', 'v.value'),
};

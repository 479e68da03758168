import { celRecord } from '../../policy/cel.ts';
import { matchesPattern, matchesPatternCel } from '../pattern.ts';
import type { Topic } from '../topic.ts';
import { podSpec } from './pod.ts';
import { qosClassCel, qosClassOf } from './qos-class.ts';

/** The quality of service of a pod. It cannot be changed later. */
export const qosClasses: Topic<'qosClasses'> = {
  name: 'qosClasses',
  what: 'QoS class',
  asked: ({ operation, object }) =>
    operation === 'CREATE' ? [{ path: 'status.qosClass', value: qosClassOf(podSpec(object)) }] : [],
  askedCel:
    `request.operation != 'CREATE' ? [] : ` +
    `[${celRecord({ path: `'status.qosClass'`, value: qosClassCel })}]`,
  matches: (check, { value }) => matchesPattern(check, value),
  matchesCel: matchesPatternCel('c', 'v.value'),
};

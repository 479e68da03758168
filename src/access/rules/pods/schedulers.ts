import { celRecord } from '../../policy/cel.ts';
import { matchesPattern, matchesPatternCel } from '../pattern.ts';
import type { Topic } from '../topic.ts';
import { podSpec } from './pod.ts';

/** The scheduler of a pod. It cannot be changed later; a pod that names none is not looked at. */
export const schedulers: Topic<'schedulers'> = {
  name: 'schedulers',
  what: 'scheduler',
  asked({ operation, object }) {
    if (operation !== 'CREATE') return [];
    const { schedulerName = '' } = podSpec(object);
    return [{ path: 'spec.schedulerName', value: schedulerName.trim() }];
  },
  askedCel:
    `request.operation != 'CREATE' ? [] : ` +
    `[${celRecord({ path: `'spec.schedulerName'`, value: `object.spec.?schedulerName.orValue('').trim()` })}]`,
  matches: (check, { value }) => matchesPattern(check, value),
  matchesCel: matchesPatternCel('c', 'v.value'),
};

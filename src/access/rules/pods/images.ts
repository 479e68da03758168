import { celRecord } from '../../policy/cel.ts';
import type { ImageCheck } from '../../../api/capsule/rules/checks.ts';
import type { Rule } from '../../policy/rule.ts';
import type { Asked, RuleFacts } from '../facts.ts';
import { matchesPattern, matchesPatternCel } from '../pattern.ts';
import { cutText, cutTextCel } from '../shown.ts';
import { isRefused, judge, type Judged, type Topic } from '../topic.ts';
import { podSpec, type Container } from './pod.ts';

const parts = [
  { field: 'initContainers', target: 'pod/initcontainers' },
  { field: 'containers', target: 'pod/containers' },
  { field: 'ephemeralContainers', target: 'pod/ephemeralcontainers' },
] as const;

function askedImages({ object }: RuleFacts): Asked[] {
  const spec = podSpec(object);
  const ofContainers = parts.flatMap(({ field, target }) =>
    (spec[field] ?? []).map(({ image = '', imagePullPolicy = '' }: Container, index) => ({
      path: `${field}[${index}]`,
      value: image.trim(),
      policy: imagePullPolicy,
      target,
    })),
  );
  const ofVolumes = (spec.volumes ?? []).flatMap(({ name, image }, index) =>
    image
      ? [
          {
            path: `volumes[${index}](${name})`,
            value: (image.reference ?? '').trim(),
            policy: image.pullPolicy ?? '',
            target: 'pod/volumes',
          },
        ]
      : [],
  );
  return [...ofContainers, ...ofVolumes];
}

const ofContainersCel = ({ field, target }: (typeof parts)[number]) =>
  `object.spec.?${field}.orValue([]).transformList(i, c, ${celRecord({
    path: `'${field}[' + string(i) + ']'`,
    value: `c.?image.orValue('').trim()`,
    policy: `c.?imagePullPolicy.orValue('')`,
    target: `'${target}'`,
  })})`;

const ofVolumesCel =
  `object.spec.?volumes.orValue([]).transformList(i, c, has(c.image), ` +
  `${celRecord({
    path: `'volumes[' + string(i) + '](' + c.name + ')'`,
    value: `c.image.?reference.orValue('').trim()`,
    policy: `c.image.?pullPolicy.orValue('')`,
    target: `'pod/volumes'`,
  })})`;

/** Images of containers of all kinds, and of volumes. */
export const images: Topic<'images'> = {
  name: 'images',
  what: 'registry',
  asked: askedImages,
  askedCel: [...parts.map(ofContainersCel), ofVolumesCel].join(' + '),
  applies: ({ targets }, { target = '' }) => targets.length === 0 || targets.includes(target),
  matches: (check, { value }) => matchesPattern(check, value),
  appliesCel: `(size(c.targets) == 0 || v.target in c.targets)`,
  matchesCel: matchesPatternCel('c', 'v.value'),
};

function isPolicyRefused({ asked, hits }: Judged<ImageCheck>): boolean {
  const { policy = [] } = hits.at(-1) ?? {};
  return policy.length > 0 && !policy.includes(asked.policy ?? '');
}

const findRefused = (facts: RuleFacts) =>
  judge(images, facts).find((judged) => !isRefused(judged) && isPolicyRefused(judged));

const last = `j.hits[size(j.hits) - 1]`;
const refusedCel =
  `variables.imagesJudged.filter(j, size(j.hits) > 0 && ${last}.action == 'allow' && ` +
  `size(${last}.policy) > 0 && !(j.asked.policy in ${last}.policy))`;

/** What allowed an image in the end says how it may be pulled. */
export const pullPolicies: Rule<RuleFacts> = {
  name: 'rules-pull-policies',
  cel: `size(${refusedCel}) == 0`,
  holds: (facts) => findRefused(facts) === undefined,
  message: 'pull policy violates namespace rules',
  remedy: 'change the policy of the registry in spec.rules of the Tenant',
  messageCel:
    `${refusedCel}.map(j, 'pull policy violates namespace rules: image "' + ${cutTextCel('j.asked.value', 300)} + '" at ' + j.asked.path + ` +
    `(j.asked.policy == '' ? ' must explicitly set' : ' uses pullPolicy=' + j.asked.policy + ', which is not allowed by namespace rule') + ` +
    `(j.asked.policy == '' ? ' pullPolicy; allowed: ' : '; allowed: ') + ${last}.policy.join(', '))[0]`,
  explain(facts) {
    const judged = findRefused(facts);
    if (!judged) return '';
    const { asked, hits } = judged;
    const problem =
      asked.policy === ''
        ? 'must explicitly set pullPolicy'
        : `uses pullPolicy=${asked.policy}, which is not allowed by namespace rule`;
    const allowed = (hits.at(-1)?.policy ?? []).join(', ');
    return `pull policy violates namespace rules: image "${cutText(asked.value, 300)}" at ${asked.path} ${problem}; allowed: ${allowed}`;
  },
};

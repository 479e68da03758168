import { z } from 'zod';
import { withRules } from '../../fields.ts';
import { quantity } from '../../native/quantity.ts';
import { Match, RegistryMatch } from './match.ts';

const RequestPolicy = withRules(
  z.object({
    policy: z
      .enum(['Preserve', 'Default', 'Remove'])
      .describe('Keep it, set it where absent, or take it away.'),
    value: quantity.describe('The default.').exactOptional(),
  }),
  [
    {
      rule: "self.policy == 'Default' ? has(self.value) : !has(self.value)",
      message: 'value must be set only for the Default policy',
      holds: ({ policy, value }) => (policy === 'Default') === (value !== undefined),
    },
  ],
);

const LimitPolicy = withRules(
  z.object({
    policy: z
      .enum(['Preserve', 'Default', 'Remove', 'MatchRequest', 'Ratio'])
      .describe('As for requests; MatchRequest: as much as the request; Ratio: a multiple of it.'),
    value: quantity.describe('The default, or the ratio.').exactOptional(),
  }),
  [
    {
      rule: "self.policy == 'Default' || self.policy == 'Ratio' ? has(self.value) : !has(self.value)",
      message: 'value must be set only for the Default and Ratio policies',
      holds: ({ policy, value }) =>
        (policy === 'Default' || policy === 'Ratio') === (value !== undefined),
    },
  ],
);

const Resources = withRules(
  z.object({
    limits: z
      .record(z.string(), LimitPolicy)
      .describe('Policy of a limit, by resource.')
      .exactOptional(),
    requests: z
      .record(z.string(), RequestPolicy)
      .describe('Policy of a request, by resource.')
      .exactOptional(),
  }),
  [
    {
      rule: 'has(self.requests) || has(self.limits)',
      message: 'at least one of requests or limits must be set',
      holds: ({ requests, limits }) => requests !== undefined || limits !== undefined,
    },
  ],
);

/** Rules about pods. */
export const WorkloadRules = z.object({
  qosClasses: z
    .array(z.string())
    .describe('Quality-of-service classes: Guaranteed, Burstable, BestEffort.')
    .exactOptional(),
  registries: z.array(RegistryMatch).describe('Images, by reference.').exactOptional(),
  resources: Resources.describe('Requests and limits.').exactOptional(),
  schedulers: z.array(Match).describe('Schedulers, by name.').exactOptional(),
  targets: z
    .array(
      z.enum([
        'pod',
        'pod/initcontainers',
        'pod/ephemeralcontainers',
        'pod/containers',
        'pod/volumes',
      ]),
    )
    .describe('Parts of a pod the rules are about; all if absent.')
    .exactOptional(),
});

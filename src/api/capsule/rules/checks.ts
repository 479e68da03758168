import { z } from 'zod';
import { int32, int64 } from '../../fields.ts';

const texts = (description: string) => z.array(z.string()).describe(description);

const check = {
  action: z.enum(['allow', 'deny', 'audit']).describe('What becomes of what matches.'),
  audience: z
    .object({
      classes: texts('Classes of users: CapsuleUser, Administrator, TenantOwner, Controller.'),
      groups: texts('Groups.'),
      users: texts('User names, those of ServiceAccounts too.'),
    })
    .describe('Whose requests it is about; all if absent.')
    .exactOptional(),
};
const pattern = {
  exact: texts('Values that match.'),
  exp: z.string().describe('Regular expression that matches.').exactOptional(),
  negate: z.boolean().describe('Match what would not.'),
};
const shown = z.string().describe('What it matches, for messages.');

const Pattern = z.object(pattern);
/** Values that match, or do not. */
export type Pattern = z.infer<typeof Pattern>;

const PatternCheck = z.object({ ...check, ...pattern, shown });
/** A check of values by a {@link Pattern}. */
export type PatternCheck = z.infer<typeof PatternCheck>;

const ImageCheck = PatternCheck.extend({
  policy: texts('Pull policies that images of it may have; any if empty.'),
  targets: texts('Parts of a pod it is about; all if empty.'),
});
export type ImageCheck = z.infer<typeof ImageCheck>;

const RangeCheck = z.object({
  ...check,
  from: int32.describe('First port.'),
  shown,
  to: int32.describe('Last port.'),
});
export type RangeCheck = z.infer<typeof RangeCheck>;

const NetworkCheck = z.object({ ...check, cidrs: texts('Networks, as CIDR.'), shown });
export type NetworkCheck = z.infer<typeof NetworkCheck>;

const HostnameCheck = PatternCheck.extend({ types: texts('Kinds it is about.') });
export type HostnameCheck = z.infer<typeof HostnameCheck>;

const ResourceCheck = z.object({
  ...check,
  field: z.enum(['requests', 'limits']).describe('Whether it is about requests or limits.'),
  name: z.string().describe('The resource.'),
  policy: z
    .enum(['Preserve', 'Default', 'Remove', 'MatchRequest', 'Ratio'])
    .describe('What becomes of it.'),
  ratio: int64.describe('Of Ratio: the multiple, in thousandths.').exactOptional(),
  targets: texts('Parts of a pod it is about.'),
  value: z.string().describe('Of Default: the amount.').exactOptional(),
});
export type ResourceCheck = z.infer<typeof ResourceCheck>;

const MetadataCheck = z.object({
  ...check,
  default: z.string().describe('Value of objects that lack the key.').exactOptional(),
  field: z.enum(['labels', 'annotations']).describe('Whether it is about labels or annotations.'),
  key: z.string().describe('The key, as the rule has it.'),
  keyExp: z.string().describe('Regular expression of the keys.'),
  managed: z.string().describe('Value that wins over the user’s.').exactOptional(),
  ofNamespaces: z.boolean().describe('It is about the namespace itself.'),
  required: z.boolean().describe('The key must be there.'),
  shown,
  target: z.string().describe('Regular expression of `<group>/<version>/<kind>`.'),
  values: z.array(Pattern).describe('Values the key may have; any if empty.'),
});
export type MetadataCheck = z.infer<typeof MetadataCheck>;

const list = <S extends z.ZodType>(schema: S, description: string) =>
  z.array(schema).describe(description).exactOptional();

/**
 * The rules of a namespace as admission policies look them up: one list for each thing that is
 * checked, in the order of the rules, with nothing left to be defaulted.
 */
export const NamespaceChecks = z
  .object({
    externalNames: list(PatternCheck, 'Of names that Services of type ExternalName stand for.'),
    hostnames: list(HostnameCheck, 'Of host names that traffic comes in by.'),
    images: list(ImageCheck, 'Of images. Of one rule, the last comes first.'),
    loadBalancers: list(NetworkCheck, 'Of addresses that load balancers ask for.'),
    metadata: list(MetadataCheck, 'Of labels and annotations.'),
    nodePorts: list(RangeCheck, 'Of node ports.'),
    qosClasses: list(PatternCheck, 'Of quality-of-service classes.'),
    resources: list(ResourceCheck, 'Of requests and limits.'),
    schedulers: list(PatternCheck, 'Of schedulers.'),
    serviceTypes: list(PatternCheck, 'Of types of Services.'),
  })
  .describe('The rules once more, as admission policies look them up.');
export type NamespaceChecks = z.infer<typeof NamespaceChecks>;
/** What every check has. */
export type Check = Pick<PatternCheck, 'action' | 'audience'>;

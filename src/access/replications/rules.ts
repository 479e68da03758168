import {
  createdByLabel,
  managedByReplications,
  replicationAnnotation,
} from '../../api/capsule/labels.ts';
import { celAnnotation, celLabel, celText } from '../policy/cel.ts';
import type { Rule, Variable } from '../policy/rule.ts';
import { capsuleGroup, Verb } from '../tenancy/vocabulary.ts';

/** What the rules about replicated objects look at. */
export interface ReplicatedFacts {
  /** The replication an object says it was made by; empty if it is none's. */
  mark: string;
  oldMark: string;
  /** Whether the user may act for a replication. */
  mayReplicate(mark: string): boolean;
}

const markOf = (object: string) =>
  `${object} != null && ${celLabel(object, createdByLabel)} == ${celText(managedByReplications)} ? ` +
  `${celAnnotation(object, replicationAnnotation)} : ''`;

const mayOn = (resource: string, name: string) =>
  `authorizer.group('${capsuleGroup}').resource('${resource}').name(${name})` +
  `.check('${Verb.Replicate}').allowed()`;

/** Asked of RBAC, so that it holds with no process of ours running and follows a change of account. */
const mayReplicate = (parts: string) =>
  `(size(${parts}) == 3 && ${parts}[0] == 'TenantResource' ? ` +
  `${mayOn('tenantresources', `${parts}[1] + ':' + ${parts}[2]`)} : ` +
  `size(${parts}) == 2 && ${parts}[0] == 'GlobalTenantResource' && ` +
  `${mayOn('globaltenantresources', `${parts}[1]`)})`;

/** Named parts of the rules' expressions. */
export const replicatedVariables: Variable[] = [
  { name: 'mark', expression: markOf('object') },
  { name: 'oldMark', expression: markOf('oldObject') },
  { name: 'parts', expression: `variables.mark.split('/')` },
  { name: 'oldParts', expression: `variables.oldMark.split('/')` },
];

/**
 * Who may write objects that a replication made. A mark is worth something because nobody can give
 * it to an object who may not act for the replication it names.
 */
export const replicatedRules: readonly Rule<ReplicatedFacts>[] = [
  {
    name: 'replicated-object-is-kept',
    cel: `variables.oldMark == '' || ${mayReplicate('variables.oldParts')}`,
    holds: ({ oldMark, mayReplicate: may }) => oldMark === '' || may(oldMark),
    message:
      'the object is replicated: change the TenantResource or GlobalTenantResource that its ' +
      `annotation ${replicationAnnotation} names`,
  },
  {
    name: 'replicated-object-is-ones-own',
    cel: `variables.mark == '' || variables.mark == variables.oldMark || ${mayReplicate('variables.parts')}`,
    holds: ({ mark, oldMark, mayReplicate: may }) => mark === '' || mark === oldMark || may(mark),
    message: `the annotation ${replicationAnnotation} is set by replications only`,
  },
];

import { randomInt } from 'node:crypto';
import type { AdmissionRule } from '../admission-rule.ts';
import { change } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';

/** As the API server makes names up: no vowels, so no words; and room for them within a label. */
const letters = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const maxLength = 63;

/**
 * Makes up the name of a tenant's new namespace that asks for one (`generateName`). The API server would
 * after the webhooks, and what the tenant calls after the namespace is to be on it from the beginning.
 */
export const makeUpName: AdmissionRule<NamespaceContext> = {
  name: 'namespace-make-up-name',
  check({ operation, object }, { tenantOf }) {
    if (operation !== 'CREATE' || !object || !tenantOf(object)) return undefined;
    const { name, generateName = '' } = object.metadata as { name: string; generateName?: string };
    if (name !== '' || generateName === '') return undefined;
    const suffix = Array.from({ length: suffixLength }, () => letters[randomInt(letters.length)]);
    const made = generateName.slice(0, maxLength - suffixLength) + suffix.join('');
    return change({ ...object, metadata: { ...object.metadata, name: made } });
  },
};

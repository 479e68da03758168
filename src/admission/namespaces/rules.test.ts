import { describe, expect, test } from 'vitest';
import { Tenant } from '../../api/capsule/tenant.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { AdmissionContext } from '../context.ts';
import type { AdmissionRequest } from '../request.ts';
import type { Verdict } from '../verdict.ts';
import { assignmentWhole } from './assignment-whole.ts';
import type { NamespaceContext } from './context.ts';
import { keepGrants } from './keep-grants.ts';
import { notCordoned } from './not-cordoned.ts';
import { ownOnly } from './own-only.ts';
import { putMetadata } from './put-metadata.ts';
import { tenantOpen } from './tenant-open.ts';

/** Rules of the second ring by themselves; that they are wired is tested on a cluster. */
const uid = '00000000-0000-4000-8000-000000000001';
const deletionTimestamp = '2026-11-26T00:00:00Z';

function tenant(spec: object = {}, metadata: object = {}): Tenant {
  return Tenant.decode({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: 'oil', uid, ...metadata },
    spec,
  });
}

/** A user of Capsule who owns oil, unless said otherwise. */
function context(more: Partial<NamespaceContext> & { of?: Tenant } = {}): NamespaceContext {
  const { of = tenant(), ...rest } = more;
  const admission = { protectedLabels: () => ['grant'] } as unknown as AdmissionContext;
  return {
    admission,
    isAdministrator: false,
    isCapsuleUser: true,
    owns: (name) => name === 'oil',
    tenantOf: (object) => (object?.metadata.labels?.[tenantLabel] === 'oil' ? of : undefined),
    ...rest,
  };
}

const namespace = (labels: Record<string, string> = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'apps', labels, ...metadata },
});
const oil = { [tenantLabel]: 'oil' };
const reference = (name: string, id = uid) => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'Tenant',
  name,
  uid: id,
});

function request(
  operation: AdmissionRequest['operation'],
  object?: KubeObject,
  oldObject?: KubeObject,
): AdmissionRequest {
  return {
    uid: 'u',
    kind: { group: '', version: 'v1', kind: 'Namespace' },
    resource: { group: '', version: 'v1', resource: 'namespaces' },
    name: 'apps',
    operation,
    userInfo: { username: 'alice', groups: [] },
    dryRun: false,
    ...(object && { object }),
    ...(oldObject && { oldObject }),
  };
}
const codeOf = async (verdict: Verdict | Promise<Verdict>) => {
  const said = await verdict;
  return said?.verdict === 'deny' ? said.code : undefined;
};

describe('own-only', () => {
  test.each<[string, AdmissionRequest, Partial<NamespaceContext>, number | undefined]>([
    ['an owner changes its own', request('UPDATE', namespace(oil), namespace(oil)), {}, undefined],
    [
      'a neighbour does not',
      request('UPDATE', namespace(oil), namespace(oil)),
      { owns: () => false },
      403,
    ],
    ['nobody takes one of no tenant', request('UPDATE', namespace(oil), namespace()), {}, 403],
    ['nor makes one', request('CREATE', namespace()), {}, 403],
    [
      'nor one of a tenant that is unknown',
      request('UPDATE', namespace({ [tenantLabel]: 'x' }), namespace({ [tenantLabel]: 'x' })),
      {},
      403,
    ],
    [
      'others are left to RBAC',
      request('UPDATE', namespace(), namespace()),
      { isCapsuleUser: false },
      undefined,
    ],
    [
      'what is going is let go',
      request('UPDATE', namespace(oil), namespace(oil, { deletionTimestamp })),
      { owns: () => false },
      undefined,
    ],
    ['deletions are RBAC’s', request('DELETE', undefined, namespace()), {}, undefined],
  ])('%s', async (_, asked, more, code) => {
    expect(await codeOf(ownOnly.check(asked, context(more)))).toBe(code);
  });
});

describe('tenant-open', () => {
  const cordoned = tenant({ cordoned: true });
  const going = tenant({}, { deletionTimestamp });
  test.each<[string, Tenant, Partial<NamespaceContext>, number | undefined]>([
    ['open', tenant(), {}, undefined],
    ['cordoned', cordoned, {}, 403],
    ['cordoned, for others', cordoned, { isCapsuleUser: false }, undefined],
    ['going', going, { isCapsuleUser: false }, 500],
  ])('a tenant that is %s', async (_, of, more, code) => {
    const asked = request('CREATE', namespace(oil));
    const verdict = tenantOpen.check(asked, context({ ...more, of }));
    expect(await codeOf(verdict)).toBe(code);
  });
});

describe('not-cordoned', () => {
  const cordoned = { of: tenant({ cordoned: true }) };
  test.each<[string, KubeObject, Partial<NamespaceContext>, number | undefined]>([
    ['is not deleted by users', namespace(oil), {}, 403],
    ['is by others', namespace(oil), { isCapsuleUser: false }, undefined],
    ['goes on going', namespace(oil, { deletionTimestamp }), {}, undefined],
    ['of a tenant that is gone is deleted', namespace({ [tenantLabel]: 'gone' }), {}, undefined],
  ])('a cordoned namespace %s', async (_, stored, more, code) => {
    const asked = request('DELETE', undefined, stored);
    expect(await codeOf(notCordoned.check(asked, context({ ...cordoned, ...more })))).toBe(code);
  });
});

describe('assignment-whole', () => {
  const admin = { isAdministrator: true, isCapsuleUser: false };
  const whole = namespace(oil, { ownerReferences: [reference('oil')] });
  test.each<[string, AdmissionRequest, number | undefined]>([
    ['both', request('CREATE', whole), undefined],
    ['neither', request('UPDATE', namespace(), whole), undefined],
    ['the label alone', request('UPDATE', namespace(oil), whole), 403],
    [
      'the reference alone',
      request('CREATE', namespace({}, { ownerReferences: [reference('oil')] })),
      403,
    ],
    [
      'another uid',
      request('CREATE', namespace(oil, { ownerReferences: [reference('oil', 'x')] })),
      403,
    ],
    [
      'two references',
      request(
        'CREATE',
        namespace(oil, { ownerReferences: [reference('oil'), reference('gas', 'x')] }),
      ),
      403,
    ],
    [
      'half, as it was',
      request('UPDATE', namespace(oil), namespace({ ...oil, a: 'b' })),
      undefined,
    ],
    [
      'half, of one that goes',
      request('UPDATE', namespace(oil, { deletionTimestamp }), whole),
      undefined,
    ],
  ])('%s', async (_, asked, code) => {
    expect(await codeOf(assignmentWhole.check(asked, context(admin)))).toBe(code);
  });
});

describe('keep-grants', () => {
  const managed = tenant({
    namespaceOptions: { additionalMetadata: { labels: { grant: 'shared' } } },
  });
  test.each<[string, Record<string, string>, Parameters<typeof context>[0], number | undefined]>([
    ['none', {}, {}, undefined],
    ['one that somebody writes', { grant: 'shared' }, {}, 403],
    ['an empty one', { grant: '' }, {}, 403],
    ['what the Tenant says', { grant: 'shared' }, { of: managed }, undefined],
    ['otherwise than the Tenant says', { grant: 'mine' }, { of: managed }, 403],
    ['of an administrator', { grant: 'x' }, { isAdministrator: true }, undefined],
  ])('%s', async (_, labels, more, code) => {
    const asked = request('CREATE', namespace({ ...oil, ...labels }));
    expect(await codeOf(keepGrants.check(asked, context(more)))).toBe(code);
  });

  test.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'kubernetes.io/metadata.name': 'x' }, undefined],
    [{ grant: 'shared' }, undefined],
    [{ own: 'x' }, 403],
  ])('where every label is protected: %j', async (labels, code) => {
    const asked = request('CREATE', namespace({ ...oil, ...labels }));
    const { admission, ...rest } = context({ of: managed });
    const every = { ...admission, protectedLabels: () => ['*'] };
    expect(await codeOf(keepGrants.check(asked, { ...rest, admission: every }))).toBe(code);
  });
});

test('put-metadata keeps what others wrote unless only managed metadata is wanted', async () => {
  const additionalMetadata = { labels: { team: '{{ tenant.name }}' } };
  const asked = request('UPDATE', namespace({ ...oil, own: 'x', team: 'other' }));
  const labelsWith = async (options: object) => {
    const of = tenant({ namespaceOptions: { additionalMetadata, ...options } });
    const verdict = await putMetadata.check(asked, context({ of }));
    return verdict?.verdict === 'change' ? verdict.object.metadata.labels : undefined;
  };
  expect(await labelsWith({})).toEqual({ ...oil, own: 'x', team: 'oil' });
  expect(await labelsWith({ managedMetadataOnly: true })).toEqual({ ...oil, team: 'oil' });
});

import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../kube/object.ts';
import { diffObjects, showObject, withoutSecrets } from './shown-object.ts';

const none = new Set<string>();
const base64 = (text: string) => Buffer.from(text).toString('base64');
const secret = (data: Record<string, string>, more: Partial<KubeObject['metadata']> = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's', ...more },
  data,
});
const configMap = (data: Record<string, string>, more: Partial<KubeObject['metadata']> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', ...more },
  data,
});

test('what only the API server keeps is no difference', () => {
  const before = {
    ...configMap({ a: '1' }, { uid: 'u', resourceVersion: '7', generation: 3, managedFields: [] }),
    status: { phase: 'x' },
  };
  expect(diffObjects(before, configMap({ a: '1' }, { resourceVersion: '8' }), none)).toBe('');
});

test('a change is shown with what is around it', () => {
  expect(diffObjects(configMap({ a: '1', b: 'x' }), configMap({ a: '2', b: 'x' }), none)).toBe(`\
@@ -3,5 +3,5 @@
 metadata:
   name: c
 data:
-  a: "1"
+  a: "2"
   b: x`);
});

describe('of a Secret', () => {
  const [old, next] = ['old-value-1', 'new-value-2'].map(base64) as [string, string];

  test('keys that change are told from those that do not; values are shown of none', () => {
    const before = secret({ same: old, changed: old, gone: old });
    const after = secret({ same: old, changed: next, added: next });
    const diff = diffObjects(before, after, none);
    expect(diff).not.toContain(old);
    expect(diff).not.toContain(next);
    const changes = diff.split('\n').filter((line) => /^[-+]/.test(line));
    expect(changes.toSorted()).toEqual([
      '+  added: "***"',
      '+  changed: "*** (after)"',
      '-  changed: "*** (before)"',
      '-  gone: "***"',
    ]);
  });

  test('nor when it is made or deleted, nor in the copy another tool left', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${old}"}` };
    const object = secret({ password: old }, { annotations });
    for (const diff of [
      diffObjects(undefined, object, none),
      diffObjects(object, undefined, none),
    ]) {
      expect(diff).toContain('password');
      expect(diff).not.toContain(old);
    }
  });

  test('what was decrypted is not shown, what is plain in Git is', () => {
    expect(showObject(secret({ password: old }), none, true)).not.toContain(old);
    expect(showObject(secret({ password: old }), none, false)).toContain(old);
  });

  test('values read for variables are shown nowhere', () => {
    const known = new Set(['s3cret-word', ' ab ']);
    const text = `plain s3cret-word, encoded ${base64('s3cret-word')}, short ab`;
    expect(withoutSecrets(text, known)).toBe('plain ***, encoded ***, short ab');
    expect(showObject(configMap({ url: 'https://s3cret-word@host' }), known, false)).not.toContain(
      's3cret',
    );
  });
});

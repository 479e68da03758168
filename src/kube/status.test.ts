import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalJson, isRecord, setOwn } from '../base/json.ts';
import { mergePatch } from './status.ts';

/** RFC 7386, section 2. */
function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(isRecord(target) ? target : {}))
    setOwn(out, key, value);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else setOwn(out, key, applyMergePatch(Object.hasOwn(out, key) ? out[key] : undefined, value));
  }
  return out;
}

/** What a merge patch can say: objects without null and undefined members. */
function withoutNulls(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const out = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== null && member !== undefined) setOwn(out, key, withoutNulls(member));
  }
  return out;
}

describe('mergePatch', () => {
  test.each<[string, object, object, object | undefined]>([
    ['nothing changed', { a: 1, b: [1] }, { b: [1], a: 1 }, undefined],
    ['undefined is absent', { a: 1 }, { a: 1, b: undefined }, undefined],
    ['null is absent', {}, { a: null }, undefined],
    ['a value changed', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 3 }],
    ['a member was added', {}, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a member was removed', { a: 1, b: 2 }, { a: 1 }, { b: null }],
    ['a member was set to undefined', { a: 1 }, { a: undefined }, { a: null }],
    ['a nested member was removed', { a: { b: 1, c: 2 } }, { a: { c: 2 } }, { a: { b: null } }],
    ['a list changed', { a: [1, 2] }, { a: [1, 2, 3] }, { a: [1, 2, 3] }],
    ['an object became a list', { a: { b: 1 } }, { a: [] }, { a: [] }],
    ['a scalar became an object', { a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['an empty object appeared', {}, { a: {} }, { a: {} }],
    ['int64', { a: 1n }, { a: 2n }, { a: 2n }],
  ])('%s', (_what, before, after, patch) => {
    expect(mergePatch(before as Record<string, unknown>, after as Record<string, unknown>)).toEqual(
      patch,
    );
  });

  test('applied to what was, it gives what is; and is empty only when nothing changed', () => {
    const value = fc.object({
      maxDepth: 3,
      values: [fc.integer(), fc.string(), fc.constant(null)],
    });
    fc.assert(
      fc.property(value, value, (one, other) => {
        const [before, after] = [withoutNulls(one), withoutNulls(other)] as Record<
          string,
          unknown
        >[];
        const patch = mergePatch(before!, after!);
        const result = patch === undefined ? before : applyMergePatch(before, patch);
        expect(withoutNulls(result)).toEqual(after);
        expect(patch === undefined).toBe(equalJson(before, after));
      }),
    );
  });
});

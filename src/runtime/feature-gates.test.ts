import { describe, expect, test } from 'vitest';
import { defaultFeatureGates, parseFeatureGates } from './feature-gates.ts';

describe('feature gates', () => {
  test('are as upstream has them by default', () => {
    const on = Object.entries(defaultFeatureGates).filter(([, isOn]) => isOn);
    expect(on.map(([name]) => name)).toEqual([
      'DisableStatusPollerCache',
      'StrictPostBuildSubstitutions',
    ]);
    expect(parseFeatureGates([])).toEqual(defaultFeatureGates);
  });

  test.each([
    [['GroupChangeLog=true'], { GroupChangeLog: true }],
    [
      ['GroupChangeLog=T', 'StrictPostBuildSubstitutions=0'],
      { StrictPostBuildSubstitutions: false },
    ],
    [[' GroupChangeLog = TRUE '], { GroupChangeLog: true }],
    [['GroupChangeLog=true', 'GroupChangeLog=false'], { GroupChangeLog: false }],
  ])('%j switches what it names', (pairs, expected) => {
    expect(parseFeatureGates(pairs)).toMatchObject(expected);
    expect(defaultFeatureGates.GroupChangeLog).toBe(false);
  });

  test.each([
    [
      ['GroupChangelog=true'],
      /'GroupChangelog' is not a feature gate here: known are .*GroupChangeLog/,
    ],
    [['toString=true'], /'toString' is not a feature gate/],
    [['=true'], /'' is not a feature gate/],
    [['GroupChangeLog'], /write GroupChangeLog=true or GroupChangeLog=false, not ''/],
    [['GroupChangeLog=yes'], /not 'yes'/],
    [['GroupChangeLog=true=true'], /not 'true=true'/],
  ])('%j is refused with what to write', (pairs, message) => {
    expect(() => parseFeatureGates(pairs)).toThrow(message);
  });
});

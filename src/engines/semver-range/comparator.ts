import { compareVersions } from './version.ts';
import type { Version } from './version.ts';

export type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | '~' | '^';

/** How many of the three numbers were written out before a wildcard or the end. */
export type Precision = 0 | 1 | 2 | 3;

/** One condition of a range: `>=1.2` is `{ operator: '>=', base: 1.2.0, precision: 2 }`. */
export interface Comparator {
  operator: Operator;
  /** What was written, with zeros for what was not. */
  base: Version;
  precision: Precision;
}

type Test = (version: Version, base: Version, precision: Precision) => boolean;

/**
 * True when one condition holds, prerelease admission aside. Masterminds treats a bare wildcard
 * as 0.0.0 without saying so for `!=`, `>` and `<=`; it is reproduced, not mended, because ranges
 * have to select the same tags here as they do there.
 */
export function admits({ operator, base, precision }: Comparator, version: Version): boolean {
  return tests[operator](version, base, precision);
}

const tests: Readonly<Record<Operator, Test>> = {
  '=': (version, base, precision) =>
    precision === 3 ? compareVersions(version, base) === 0 : admitsTilde(version, base, precision),
  '!=': differs,
  '>': isAbove,
  '<': (version, base) => compareVersions(version, base) < 0,
  '>=': (version, base) => compareVersions(version, base) >= 0,
  '<=': isAtMost,
  '~': admitsTilde,
  '^': admitsCaret,
};

function differs(version: Version, base: Version, precision: Precision): boolean {
  if (precision === 1) return version.major !== base.major;
  if (precision !== 2) return compareVersions(version, base) !== 0;
  const isSameLine = version.major === base.major && version.minor === base.minor;
  return !isSameLine || version.prerelease.join('.') !== base.prerelease.join('.');
}

function isAbove(version: Version, base: Version, precision: Precision): boolean {
  if (precision === 1) return version.major > base.major;
  if (precision === 2 && version.major === base.major) return version.minor > base.minor;
  return compareVersions(version, base) > 0;
}

function isAtMost(version: Version, base: Version, precision: Precision): boolean {
  if (precision === 3) return compareVersions(version, base) <= 0;
  if (version.major !== base.major) return version.major < base.major;
  return precision === 1 || version.minor <= base.minor;
}

function admitsTilde(version: Version, base: Version, precision: Precision): boolean {
  if (compareVersions(version, base) < 0) return false;
  const isZero = base.major === 0 && base.minor === 0 && base.patch === 0;
  if (isZero && (precision === 0 || precision === 3)) return true;
  if (version.major !== base.major) return false;
  return precision === 1 || version.minor === base.minor;
}

function admitsCaret(version: Version, base: Version, precision: Precision): boolean {
  if (compareVersions(version, base) < 0) return false;
  if (version.major !== base.major) return false;
  if (base.major > 0 || precision === 1) return true;
  if (version.minor !== base.minor) return false;
  return base.minor > 0 || precision === 2 || version.patch === base.patch;
}

/** An interval spread by ±`percent` (`--interval-jitter-percentage`); `chance` is in [0, 1). */
export function withJitter(ms: number, percent: number, chance: number): number {
  return Math.round(ms * (1 + (percent / 100) * (2 * chance - 1)));
}

/**
 * The first interval of an object after a start, between half of it and all of it by the object's
 * id: what ran together because the process started does not keep running together.
 */
export function firstInterval(ms: number, id: string): number {
  return Math.round(ms * (0.5 + fractionOf(id) / 2));
}

/** A number in [0, 1) that the text determines (FNV-1a). */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // The low bits of similar texts differ most; the high ones decide a fraction.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash >>> 0) / 2 ** 32;
}

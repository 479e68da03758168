import type { MemorySample } from './memory.ts';

/** Growth per hour of the lines through the samples of the second half. */
export interface Growth {
  residentMb: number;
  heapMb: number;
}

/** Fewer points say nothing about a line. */
const fewestSamples = 8;
/** What is kept may have grown by this share in the second half: more comes and goes by chance. */
const boundShare = { heapMb: 0.05, residentMb: 0.08 };

/** The half of the samples that counts: caches have filled and code is compiled by then. */
function secondHalf(samples: readonly MemorySample[]): MemorySample[] {
  return samples.slice(Math.floor(samples.length / 2));
}

export function growthOf(samples: readonly MemorySample[]): Growth {
  const half = secondHalf(samples);
  return {
    residentMb: slopePerHour(half, ({ residentMb }) => residentMb),
    heapMb: slopePerHour(half, ({ heapMb }) => heapMb),
  };
}

/** What of the memory is not flat; nothing when there are too few samples to tell. */
export function memoryGrows(samples: readonly MemorySample[]): string[] {
  const half = secondHalf(samples);
  const [first, last] = [half[0], half.at(-1)];
  if (!first || !last || half.length < fewestSamples) return [];
  const hours = (last.minutes - first.minutes) / 60;
  const growth = growthOf(samples);
  return (['heapMb', 'residentMb'] as const).flatMap((what) => {
    const grown = growth[what] * hours;
    const mean = half.reduce((sum, sample) => sum + sample[what], 0) / half.length;
    const bound = mean * boundShare[what];
    if (grown <= bound) return [];
    const name = what === 'heapMb' ? 'the heap' : 'resident memory';
    return [
      `${name} grew by ${grown.toFixed(1)} MB in the second half, ${bound.toFixed(1)} are allowed`,
    ];
  });
}

/** Slope of the line through all points, by least squares; 0 for fewer than two. */
function slopePerHour(
  points: readonly MemorySample[],
  read: (sample: MemorySample) => number,
): number {
  if (points.length < 2) return 0;
  const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const atMinutes = mean(points.map(({ minutes }) => minutes));
  const atMb = mean(points.map(read));
  let [above, below] = [0, 0];
  for (const point of points) {
    above += (point.minutes - atMinutes) * (read(point) - atMb);
    below += (point.minutes - atMinutes) ** 2;
  }
  return below === 0 ? 0 : (above / below) * 60;
}

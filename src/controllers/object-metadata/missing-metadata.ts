import type { AdditionalMetadata } from '../../api/capsule/metadata.ts';
import type { ObjectMeta } from '../../kube/object.ts';

/** Labels and annotations to write, as a merge patch has them. */
export type Addition = Record<'labels' | 'annotations', Record<string, string>>;

/** What an object lacks of the metadata that its tenant puts on such objects; undefined: nothing. */
export function missingMetadata(
  wanted: AdditionalMetadata,
  live: Pick<ObjectMeta, 'labels' | 'annotations'>,
): Addition | undefined {
  const of = (part: 'labels' | 'annotations') =>
    Object.fromEntries(
      Object.entries(wanted[part] ?? {}).filter(([key, value]) => live[part]?.[key] !== value),
    );
  const addition = { labels: of('labels'), annotations: of('annotations') };
  const count = Object.keys(addition.labels).length + Object.keys(addition.annotations).length;
  return count === 0 ? undefined : addition;
}

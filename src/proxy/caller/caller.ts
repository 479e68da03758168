/** Whom the proxy has authenticated. Nothing is asked of the API server before there is one. */
export interface Caller {
  /** Never empty. */
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Tells callers apart, by everything that the API server knows of them. */
export function callerKey({ user, groups, uid, extra }: Caller): string {
  return JSON.stringify([user, groups, uid ?? '', extra ?? {}]);
}

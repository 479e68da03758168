/**
 * Who a ServiceAccount is to a cloud. The cloud trusts the cluster's issuer, so that a token of the
 * account, for the cloud's own audience, is all that is ever shown: nothing is stored.
 */
export interface WorkloadIdentity {
  /** An annotation of the account that has to be there. Throws KeyServiceError that names it. */
  annotation(name: string, signal: AbortSignal): Promise<string>;
  /** One that need not be there. */
  optionalAnnotation(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** A token of the account that only `audience` takes. */
  token(audience: string, signal: AbortSignal): Promise<string>;
  /** `namespace.name`, for what the cloud writes into its audit log. */
  label: string;
}

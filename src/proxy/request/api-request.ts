/**
 * What a request asks for, read off its method and URL as the API server itself reads it
 * (k8s.io/apiserver RequestInfo).
 */
export interface ApiRequest {
  /** Of the authorizer: get, list, watch, create, update, patch, delete, deletecollection, connect's are get or create; of other paths the method in small letters. */
  readonly verb: string;
  /** The core group is empty. */
  readonly group: string;
  readonly version: string;
  /** Plural name; empty where nothing of the API's resources is asked for. */
  readonly resource: string;
  readonly subresource?: string;
  /** Of a namespaced path, and of a path to one namespace. */
  readonly namespace?: string;
  /** Also of a list whose fieldSelector names one object, as the API server has it. */
  readonly name?: string;
  /** As it goes upstream, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isResource: boolean;
  readonly isWatch: boolean;
}

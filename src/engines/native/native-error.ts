import { CodedError } from '../../base/errors.ts';

/**
 * Why a native program is not there. `go-missing` and `go-too-old` say what to install,
 * `build-failed` carries the compiler's last lines.
 */
export class NativeError extends CodedError<'go-missing' | 'go-too-old' | 'build-failed'> {}

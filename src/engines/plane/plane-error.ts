import { CodedError } from '../../base/errors.ts';

/**
 * Why a plane does not run.
 *
 * - `programs-missing`: no binaries and no way to build them; the message says what to install.
 * - `in-use`: another running plane owns the folder.
 * - `not-ready`: a component ended or did not answer in time; the message ends with its last log lines.
 * - `not-running`: asked to talk to a plane that is down.
 */
export class PlaneError extends CodedError<
  'programs-missing' | 'in-use' | 'not-ready' | 'not-running'
> {}

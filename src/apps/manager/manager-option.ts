import type { CommandOption } from '../../cli/command.ts';

/** A flag of the manager, and how it differs from Flux's flag of that name. */
export interface ManagerOption extends CommandOption {
  /** `own`: Flux has no such flag. Absent: as there. */
  differs?: string;
}

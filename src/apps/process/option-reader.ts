import { parseDuration } from '../../base/duration.ts';
import { UsageError, type OptionValues } from '../../cli/command.ts';

/** `true` and `false`, as a value or by the flag alone. Throws {@link UsageError}. */
export function toBoolean(name: string, value: OptionValues[string]): boolean {
  if (value === true || value === 'true') return true;
  if (value === 'false' || value === false) return false;
  throw new UsageError(`--${name} must be true or false, not '${String(value)}'`);
}

export type OptionReader = ReturnType<typeof readerOf>;

/** Reads options by their camel-cased names; throws {@link UsageError} that names the flag. */
export function readerOf(options: OptionValues) {
  const optional = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const text = (name: string) => optional(name) ?? '';
  return {
    optional,
    text,
    flag: (name: string) =>
      options[name] === undefined ? undefined : toBoolean(dashed(name), options[name]),
    /** Of an option that may be repeated, and hold several values by comma. */
    list(name: string): string[] {
      const value = options[name];
      const given = Array.isArray(value) ? value : [];
      return given
        .flatMap((each) => each.split(','))
        .map((each) => each.trim())
        .filter(Boolean);
    },
    duration(name: string): number {
      const ms = parseDuration(text(name));
      if (ms === undefined)
        throw new UsageError(
          `--${dashed(name)}: '${text(name)}' is not a duration such as 30s or 1m30s`,
        );
      return ms;
    },
    number(name: string): number {
      const value = Number(text(name));
      if (text(name).trim() === '' || !Number.isFinite(value)) {
        throw new UsageError(`--${dashed(name)}: '${text(name)}' is not a number`);
      }
      return value;
    },
    count(name: string, least: number): number {
      const value = Number(text(name));
      if (!Number.isInteger(value) || value < least) {
        throw new UsageError(
          `--${dashed(name)}: '${text(name)}' is not a whole number of at least ${least}`,
        );
      }
      return value;
    },
  };
}

const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

import { UsageError } from '../core/errors.ts';

/** Parsers of option values for commander; each error names the option and the value. */
export const wholeNumber = (option: string, minimum: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < minimum)
    throw new UsageError(`${option} ${JSON.stringify(text)}: give a whole number of at least ${minimum}`);
  return value;
};

export const positiveNumber = (option: string, unit: string) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new UsageError(`${option} ${JSON.stringify(text)}: give a number of ${unit} above 0`);
  return value;
};

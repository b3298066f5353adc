import { UsageError } from '../core/errors.ts';

/** Parsers of option values for commander; each error names the option and the value. */
const parser = (option: string, wanted: string, form: RegExp, isGood: (value: number) => boolean) => (text: string) => {
  const value = Number(text);
  if (form.test(text) && Number.isFinite(value) && isGood(value)) return value;
  throw new UsageError(`${option} ${JSON.stringify(text)}: give ${wanted}`);
};

const SOMETHING = /\S/;

export const wholeNumber = (option: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER) => {
  const range = maximum < Number.MAX_SAFE_INTEGER ? `from ${minimum} to ${maximum}` : `of at least ${minimum}`;
  const isGood = (value: number) => value >= minimum && value <= maximum;
  return parser(option, `a whole number ${range}`, /^-?\d+$/, isGood);
};

export const positiveNumber = (option: string, unit: string) =>
  parser(option, `a number of ${unit} above 0`, SOMETHING, (value) => value > 0);

export const notNegativeNumber = (option: string, unit: string) =>
  parser(option, `a number of ${unit}, 0 or above`, SOMETHING, (value) => value >= 0);

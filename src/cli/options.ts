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

const MAX_SIDE_PX = 16384;

/** Names to choose from, for the help. */
export const alternatives = (names: Iterable<string>): string => [...names].join(' | ');

/** "640x480": width x height in pixels. */
export const imageSize =
  (option: string) =>
  (text: string): { width: number; height: number } => {
    const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(text)?.map(Number) ?? [];
    const isSide = (side: number | undefined) => side !== undefined && side >= 1 && side <= MAX_SIDE_PX;
    if (isSide(width) && isSide(height)) return { width, height };
    throw new UsageError(
      `${option} ${JSON.stringify(text)}: give width x height in pixels, as 640x480, each from 1 to ${MAX_SIDE_PX}`,
    );
  };

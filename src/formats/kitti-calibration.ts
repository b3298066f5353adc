import { ResourceError } from '../core/errors.ts';
import { readBytes } from './file.ts';

/** A calibration file of KITTI: lines of "KEY: numbers", and some of text, as "calib_time: 09-Jan-2012 13:57:47". */
export interface KittiCalibration {
  readonly path: string;
  /**
   * The numbers of a key, in the order of the file (matrices row by row).
   * @throws ResourceError when the key is missing, or has another count, or one of them is no finite number.
   */
  numbers(key: string, count: number): number[];
}

/** @throws ResourceError naming the line that has no key, or has one for the second time. */
export async function readKittiCalibration(path: string): Promise<KittiCalibration> {
  const entries = new Map<string, { readonly text: string; readonly line: number }>();
  for (const [index, text] of new TextDecoder()
    .decode(await readBytes(path))
    .split(/\r?\n/)
    .entries()) {
    if (text.trim() === '') continue;
    const line = index + 1;
    const [, key, value] = /^\s*(\w+)\s*:(.*)$/.exec(text) ?? [];
    if (key === undefined)
      throw new ResourceError(`${path}:${line}: "${text.slice(0, 40)}" is not of the form "KEY: numbers"`);
    const other = entries.get(key);
    if (other) throw new ResourceError(`${path}:${line}: "${key}" stands in line ${other.line} already`);
    entries.set(key, { text: value.trim(), line });
  }
  return {
    path,
    numbers(key, count) {
      const entry = entries.get(key);
      if (!entry)
        throw new ResourceError(
          `${path}: "${key}" is missing; it holds ${[...entries.keys()].join(', ') || 'nothing'}`,
        );
      const place = `${path}:${entry.line}: ${key}`;
      const words = entry.text === '' ? [] : entry.text.split(/\s+/);
      if (words.length !== count) throw new ResourceError(`${place} has ${words.length} numbers, expected ${count}`);
      return words.map((word) => {
        const value = Number(word);
        if (!Number.isFinite(value)) throw new ResourceError(`${place}: "${word}" is not a finite number`);
        return value;
      });
    },
  };
}

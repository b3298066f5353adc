import { z } from 'zod';
import { UsageError } from '../core/errors.ts';
import { readYaml } from '../formats/yaml.ts';

const schema = z.record(z.string(), z.union([z.int(), z.literal('ignore')], 'must be a train id or "ignore"'));

/**
 * A YAML or JSON map `stored label: train id | ignore`, for truth that is not stored in train ids.
 * @throws UsageError for labels that are no whole numbers and train ids outside the classes.
 */
export function readTargetLabels(
  path: string,
  { classes, ignore }: { readonly classes: number; readonly ignore: number },
): ReadonlyMap<number, number> {
  const labels = new Map<number, number>();
  for (const [key, value] of Object.entries(readYaml(path, schema))) {
    const stored = Number(key);
    if (key.trim() === '' || !Number.isSafeInteger(stored))
      throw new UsageError(`${path}: "${key}" is no stored label; labels are whole numbers`);
    if (value !== 'ignore' && value !== ignore && (value < 0 || value >= classes))
      throw new UsageError(
        `${path}: label ${key} goes to ${value}, which is no class (0..${classes - 1}); see --classes`,
      );
    labels.set(stored, value === 'ignore' ? ignore : value);
  }
  return labels;
}

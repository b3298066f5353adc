import { availableParallelism, cpus } from 'node:os';
import { basename, join } from 'node:path';
import { Document, isMap, visit } from 'yaml';
import { sha256 } from '../core/canonical.ts';
import type { MeasuredFigures, TrainingData } from '../core/training.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { cardKeys } from './card.ts';
import type { Recipe } from './recipe.ts';
import type { Figures } from './validate.ts';

export interface TrainedFacts {
  readonly name: string;
  readonly command: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly measured: readonly MeasuredFigures[];
  readonly sources: readonly TrainingData[];
  readonly imagesSeen: number;
  readonly seconds: number;
  readonly date: Date;
  readonly backend: string;
  /** Of each operator. */
  readonly threads: number;
}

/** The model card beside the weights. @returns its path */
export function writeTrained(folder: string, recipe: Recipe, facts: TrainedFacts): string {
  const card = {
    ...cardKeys(recipe, recipe.data[0].input),
    id: facts.name,
    weights: { file: basename(facts.file), sha256: sha256(facts.bytes) },
    training: {
      recipe: recipe.id,
      seed: recipe.seed,
      data: facts.sources,
      imagesSeen: facts.imagesSeen,
      hardware: `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} logical cores, ${facts.threads} of them used`,
      seconds: Math.max(0.1, Math.round(10 * facts.seconds) / 10),
      date: facts.date.toISOString().slice(0, 10),
      backend: facts.backend,
      ...(facts.measured.length > 0 && {
        measured: facts.measured.map((each) => ({ ...each, figures: rounded(each.figures) })),
      }),
    },
  };
  const path = join(folder, `${facts.name}.yaml`);
  writeAtomically(path, `# Written by "${facts.command}".\n${asYaml(card)}`);
  return path;
}

const rounded = (figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, Number(value.toPrecision(4))]));

/** Lists of numbers and words in one line each, as people write them. */
function asYaml(value: unknown): string {
  const document = new Document(value);
  visit(document, {
    Seq(_, node) {
      node.flow = !node.items.some(isMap);
    },
  });
  return document.toString({ lineWidth: 110 });
}

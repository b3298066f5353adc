import { z } from 'zod';
import { modelCardSchema } from '../backends/model-card.ts';
import { checkpointCardSchema } from '../checkpoints/card.ts';
import { datasetCardSchema } from '../datasets/card.ts';
import { publishedSchema } from '../suite/published.ts';
import { suiteFileSchema } from '../suite/schema.ts';
import { recipeSchema } from '../training/recipe.ts';

/** Every kind of YAML file that users write, by the name of its schema. */
export const SCHEMAS = {
  suite: suiteFileSchema,
  dataset: datasetCardSchema,
  model: modelCardSchema,
  checkpoint: checkpointCardSchema,
  published: publishedSchema,
  recipe: recipeSchema,
} as const;

/** The JSON Schema of what a user writes (before defaults are filled in), as text. */
export function jsonSchema(kind: keyof typeof SCHEMAS): string {
  return `${JSON.stringify(z.toJSONSchema(SCHEMAS[kind], { io: 'input' }), null, 2)}\n`;
}

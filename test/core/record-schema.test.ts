import { expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { RunRecord } from '../../src/core/record.ts';
import { runRecordSchema } from '../../src/core/record-schema.ts';
import { syntheticRecord } from '../helpers/record.ts';

/** Every field there and defined, all the way down. */
type Filled<T> = T extends readonly (infer E)[]
  ? readonly Filled<E>[]
  : T extends object
    ? { readonly [K in keyof T]-?: Filled<Exclude<T[K], undefined>> }
    : T;

it('describes every field of the type, the optional ones too', () => {
  // `satisfies` in the schema's own file sees required fields only. Both are judged by the compiler: npm run check.
  expectTypeOf<Filled<z.output<typeof runRecordSchema>>>().toExtend<Filled<RunRecord>>();
  expectTypeOf<Filled<RunRecord>>().toExtend<Filled<z.output<typeof runRecordSchema>>>();
});

it('loses nothing of a record', () => {
  // z.object leaves out what it does not know, so a field that the schema lacks would be missing here.
  const written = JSON.parse(JSON.stringify(syntheticRecord({ limit: 3, columns: ['depth/rmse'] })));
  expect(runRecordSchema.parse(written)).toEqual(written);
});

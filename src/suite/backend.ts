import { z } from 'zod';

export const backendSchema = z
  .looseObject(
    { id: z.string().min(1) },
    {
      error: ({ input }) =>
        input === undefined
          ? 'is missing; an entry takes the place of the inherited one of its id as a whole'
          : undefined,
    },
  )
  .meta({ description: 'id of a backend and its options; "densebench list backends" names them' });

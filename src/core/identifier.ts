import { z } from 'zod';

/** Ids of suites, entries and cards: they name files and folders, and stand unquoted in messages and commands. */
export const identifier = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'an id is made of letters, digits, ".", "_" and "-"');

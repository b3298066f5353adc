import { z } from 'zod';

/** Of images, pixels, calls. */
export const count = z.int().min(0);

import { describe, expect, it } from 'vitest';
import { curvesPage } from '../../src/reports/html/curves.ts';
import type { LogLine } from '../../src/training/log.ts';
import { recipeSchema } from '../../src/training/recipe.ts';

const RECIPE = recipeSchema.parse({
  id: 'mine',
  title: 'My <network>',
  network: { classes: 5, tasks: ['segmentation', 'depth'] },
  data: [{ id: 'rooms', input: { width: 64, height: 48 } }],
  images: 40,
});
const loss = (step: number, depth?: number): LogLine => ({
  ...{ kind: 'loss', step, images: 10 * step, learningRate: 0.01, seconds: 6 * step },
  losses: { segmentation: 4 / step, ...(depth !== undefined && { depth }) },
});
const validation = (step: number, isHalf: boolean, value: number): LogLine => ({
  ...{ kind: 'validation', step, images: 10 * step, isHalf, figures: { rooms: { 'depth/absRel': value } } },
});

describe('the page of a training', () => {
  it('draws losses, and figures at half size and at full size apart', () => {
    const page = curvesPage(RECIPE, [
      loss(1),
      loss(2, 0.5),
      validation(2, true, 0.9),
      loss(4, 0.25),
      validation(4, false, 0.3),
    ]);
    expect(page).toContain('My &lt;network&gt;');
    expect(page).toContain('40 of 40 images seen in 0.4 min');
    expect(page).toContain('rooms, half size');
    // One point each is no line, so they are dots.
    expect(page.match(/<circle /g)).toHaveLength(2);
    expect(page.match(/Loss: depth/g)).not.toBeNull();
    expect(page).not.toContain('nothing yet');
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('says of what has not come yet that there is nothing yet', () => {
    const page = curvesPage(RECIPE, [loss(1)]);
    expect(page).toContain('nothing yet');
    expect(page).not.toMatch(/NaN|undefined/);
  });
});

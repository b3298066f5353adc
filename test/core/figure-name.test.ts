import { describe, expect, it } from 'vitest';
import { figureName, taskOf } from '../../src/core/figure-name.ts';
import { POOLINGS } from '../../src/core/reading.ts';
import { TASKS } from '../../src/core/tasks.ts';

describe('names of figures', () => {
  it.each(TASKS.flatMap((task) => POOLINGS.map((pooling) => ({ task, pooling }))))(
    'gives task, key and pooling of $task/x@$pooling',
    ({ task, pooling }) => {
      expect(figureName(`${task}/x@${pooling}`)).toEqual({ task, key: `${task}/x`, pooling });
      expect(figureName(`${task}/x`)).toEqual({ task, key: `${task}/x` });
    },
  );

  it('leaves whole what only looks like a task or a pooling', () => {
    expect(figureName('segmentation/IoU:a/b@home')).toEqual({ task: 'segmentation', key: 'segmentation/IoU:a/b@home' });
    expect(figureName('segmentation/IoU:a@b@image').key).toBe('segmentation/IoU:a@b');
    expect(figureName('parity/depth/rmse').task).toBeUndefined();
    expect(taskOf('depths/rmse')).toBeUndefined();
    expect(taskOf('depth')).toBeUndefined();
  });
});

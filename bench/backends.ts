import { BACKENDS, type BackendId } from '../src/backends/index.ts';
import { messageOf } from '../src/core/errors.ts';
import type { Runtime, Tensor } from '../src/core/predictor.ts';
import type { Task } from '../src/core/tasks.ts';
import { type GoldenNetwork, goldenFolders, goldenNetwork } from '../test/backends/golden-networks.ts';
import { sharedPath } from '../test/helpers/shared.ts';
import { relativeL2 } from '../test/network/execute.ts';

const SLOW: ReadonlySet<string> = new Set(['tfjs-cpu']);
/** Above so many input values (a quarter of 640x480 in colour) slow backends are left out. */
const SLOW_LIMIT = 3 * 320 * 240;

/**
 * The largest differences between the raw outputs of each backend and those of PyTorch (golden/forward), as Markdown.
 * Arguments: folders with the large checkpoints unpacked (<name>.zip.ckpt), and --all to run slow backends on them too.
 */
export async function main(args: readonly string[]): Promise<void> {
  const checkpoints = [sharedPath('golden', 'checkpoints'), ...args.filter((arg) => !arg.startsWith('--'))];
  const all = args.includes('--all');
  const ids = (Object.keys(BACKENDS) as BackendId[]).filter((id) => BACKENDS[id].kind === 'runtime');
  console.log('| network and image | backend | logits | depth, m | normals | relative L2 |\n|---|---|---|---|---|---|');
  for (const folder of goldenFolders(checkpoints)) {
    const golden = await goldenNetwork(folder, checkpoints);
    for (const id of ids) {
      if (!all && SLOW.has(id) && golden.image.data.length > SLOW_LIMIT) continue;
      try {
        console.log(`| ${folder} | ${id} | ${(await differences(id, golden)).join(' | ')} |`);
      } catch (error) {
        console.log(`| ${folder} | ${id} | ${messageOf(error)} | | | |`);
      }
    }
  }
}

async function differences(id: BackendId, { model, inputName, image, raw }: GoldenNetwork): Promise<string[]> {
  const backend = BACKENDS[id];
  if (backend.kind !== 'runtime') return [];
  const runtime: Runtime = await backend.open({ model, options: backend.parseOptions({}) as never });
  try {
    const results: Record<string, Tensor> = await runtime.run({ [inputName]: image });
    const largest = new Map<Task, number>();
    let relative = 0;
    for (const [output, { task, data }] of raw) {
      const actual = results[output].data;
      largest.set(
        task,
        actual.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i])), 0),
      );
      relative = Math.max(relative, relativeL2(actual, data));
    }
    const tasks: Task[] = ['segmentation', 'depth', 'normals'];
    return [...tasks.map((task) => largest.get(task)), relative].map((value) => value?.toExponential(1) ?? '-');
  } finally {
    await runtime.close();
  }
}

import { canonicalJson } from '../core/canonical.ts';
import type { Dataset, Sample } from '../core/dataset.ts';
import { InterruptedError, messageOf, UsageError } from '../core/errors.ts';
import type { LabelLayerWriter } from '../datasets/label-layer-write.ts';
import type { Progress } from '../run/progress.ts';
import { annotate } from './annotate.ts';
import type { Expert } from './expert.ts';
import { SCORES, type ScoreId } from './scores/index.ts';

export interface SampleFailure {
  readonly sample: string;
  readonly message: string;
}

interface LabelImages {
  readonly dataset: Dataset;
  readonly indices: readonly number[];
  readonly experts: readonly Expert[];
  readonly scores: readonly ScoreId[];
  readonly writer: LabelLayerWriter;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Labels every image that the layer does not have. An image that fails does not stop the rest.
 * @throws InterruptedError between two images once the signal is aborted; ResourceError where the layer cannot be written.
 */
export async function labelImages(job: LabelImages): Promise<{ made: number; failures: SampleFailure[] }> {
  const { dataset, indices, writer, progress, signal } = job;
  const missing = indices.filter((index) => !writer.has(dataset.samples[index].id));
  const failures: SampleFailure[] = [];
  let done = indices.length - missing.length;
  progress.start('label', indices.length);
  progress.update(done);
  for await (const sample of dataset.load(missing)) {
    if (signal.aborted)
      throw new InterruptedError(
        `interrupted: ${done - failures.length} of ${indices.length} images are labelled; the same command goes on from there`,
      );
    const labelled = await labelOne(job, sample).catch((error: unknown) => ({ message: messageOf(error) }));
    if ('message' in labelled) failures.push({ sample: sample.id, message: labelled.message });
    else writer.write(sample.id, labelled.labels, labelled.scores);
    progress.update(++done);
    // Inference may block the event loop; without this pause a Ctrl-C would never be seen.
    await new Promise((resolve) => setImmediate(resolve));
  }
  progress.end();
  return { made: missing.length - failures.length, failures };
}

async function labelOne({ experts, scores }: LabelImages, sample: Sample) {
  const image = await sample.image();
  const wantsMirror = scores.some((id) => SCORES[id].needs === 'mirror');
  const opinions = [];
  for (const expert of experts) opinions.push(await expert.look(image, sample.id, wantsMirror));
  return annotate(opinions, image, commonClasses(experts), scores);
}

/** @throws UsageError where the experts do not give the same classes: their probabilities have no mean then. */
export function commonClasses(experts: readonly Expert[]): readonly number[] {
  const [first, ...others] = experts;
  const ids = first.classIds;
  const other = others.find((expert) => canonicalJson(expert.classIds) !== canonicalJson(ids));
  if (other)
    throw new UsageError(
      `experts ${first.provenance.id} and ${other.provenance.id} give different classes (${ids.length} and ${other.classIds.length}); experts of one layer need the same`,
    );
  return ids;
}

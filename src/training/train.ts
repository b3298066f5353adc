import { join } from 'node:path';
import { InterruptedError, MeasurementError } from '../core/errors.ts';
import { writeAtomically } from '../formats/atomic.ts';
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors.ts';
import { type Graph, refinenet } from '../network/index.ts';
import { adamStep } from './adam.ts';
import { drawBatch, type Grid } from './batches.ts';
import { INPUT_MEAN, INPUT_STD } from './card.ts';
import {
  readCheckpoint,
  requireCheckpoint,
  type TrainingPlan,
  type TrainingState,
  writeCheckpoint,
} from './checkpoint.ts';
import { isStopped, judge } from './early-stop.ts';
import { classWeightsOf, initialState } from './initial-state.ts';
import { TrainingLog } from './log.ts';
import { openMaterial, type TrainingMaterial } from './material.ts';
import { meanLosses, objective, type TaskLosses } from './objective.ts';
import { trainingPass } from './passes.ts';
import { ratesOf } from './rates.ts';
import type { Trained, TrainRequest, TrainSurroundings } from './request.ts';
import { learningRateAt } from './schedule.ts';
import type { OpenSource } from './sources.ts';
import { type Figures, heldBackWords, type ValidationSet, validate, wordsOf } from './validate.ts';
import { writeTrained } from './write-trained.ts';

/** Steps between two lines of the log, at most; a short training has some twenty lines nevertheless. */
const LOG_EVERY = 25;
const LEAST_LINES = 20;
/** A crash loses at most this much. */
const CHECKPOINT_EVERY_SECONDS = 120;

/**
 * Trains a recipe to its end: the weights that it gives are decided by recipe, data, backend and thread count, however
 * often it is interrupted.
 * @throws InterruptedError with a checkpoint written; UsageError and ResourceError of recipe, data and backend;
 * MeasurementError when a loss is not finite any more.
 */
export async function train(request: TrainRequest, surroundings: TrainSurroundings): Promise<Trained> {
  const graph = refinenet(request.recipe.network);
  // Before the images are prepared, which may take minutes.
  if (request.resume) await requireCheckpoint(request.folder, knownPlan(request));
  const material = await openMaterial(request.recipe, graph, { ...request, ...surroundings });
  try {
    return await new Training(request, surroundings, graph, material).run();
  } finally {
    await material.close();
  }
}

/** What decides the weights, as far as it is known before the data are open; the keys of a recipe by their names. */
const knownPlan = ({ recipe, engine }: TrainRequest): TrainingPlan => ({
  ...recipe,
  backend: `${engine.id} ${engine.version}`,
  threads: engine.threads,
});

class Training {
  readonly #request: TrainRequest;
  readonly #surroundings: TrainSurroundings;
  readonly #graph: Graph;
  readonly #sources: readonly OpenSource[];
  readonly #validations: readonly ValidationSet[];
  readonly #steps: number;
  readonly #imagesPerStep: number;
  readonly #classWeights: Float32Array | undefined;
  readonly #plan: TrainingPlan;
  readonly #rateOf: (name: string) => number;
  readonly #state: TrainingState;
  #log: TrainingLog;

  constructor(
    request: TrainRequest,
    surroundings: TrainSurroundings,
    graph: Graph,
    { sources, validations }: TrainingMaterial,
  ) {
    const { recipe, folder } = request;
    this.#request = request;
    this.#surroundings = surroundings;
    this.#graph = graph;
    this.#sources = sources;
    this.#validations = validations;
    this.#imagesPerStep = recipe.data.reduce((sum, { batch }) => sum + batch, 0);
    this.#steps = Math.max(1, Math.round(recipe.images / this.#imagesPerStep));
    this.#classWeights = classWeightsOf(recipe, sources);
    this.#rateOf = ratesOf(graph, recipe.optimiser.plainRate);
    this.#plan = { ...knownPlan(request), 'images and labels': sources.map(({ identity }) => identity) };
    this.#state = initialState(recipe, graph, sources);
    this.#log = TrainingLog.start(folder);
  }

  async run(): Promise<Trained> {
    const { recipe, name, folder, resume } = this.#request;
    const { progress, signal } = this.#surroundings;
    if (resume) {
      await readCheckpoint(folder, this.#plan, this.#state);
      this.#log = TrainingLog.goOn(folder, this.#state.progress.step);
    }
    const validateEvery = Math.max(1, Math.round((recipe.validateEvery ?? recipe.images / 10) / this.#imagesPerStep));
    const logEvery = Math.max(1, Math.min(LOG_EVERY, Math.floor(this.#steps / LEAST_LINES)));
    progress.note(this.#intent());
    progress.start(`${name}, images seen`, this.#steps * this.#imagesPerStep);
    let kept = performance.now();
    let figures: Readonly<Record<string, Figures>> = {};
    let recent: TaskLosses[] = [];
    while (this.#state.progress.step < this.#steps && !this.#isStopped()) {
      if (signal.aborted) {
        writeCheckpoint(folder, this.#plan, this.#state);
        throw new InterruptedError(
          `stopped after ${this.#state.progress.step} of ${this.#steps} steps; the same command with --resume goes on`,
        );
      }
      const before = performance.now();
      recent.push(this.#step());
      const { step, seconds } = this.#state.progress;
      this.#state.progress = {
        ...this.#state.progress,
        step: step + 1,
        seconds: seconds + (performance.now() - before) / 1000,
      };
      const done = step + 1;
      const isLast = done === this.#steps;
      progress.update(done * this.#imagesPerStep);
      if (done === 1 || done % logEvery === 0 || isLast) {
        this.#logLosses(recent);
        recent = [];
      }
      if (done % validateEvery === 0 || isLast) {
        figures = await this.#validate();
        this.#judge(figures);
      }
      if (performance.now() - kept > 1000 * CHECKPOINT_EVERY_SECONDS || isLast || this.#isStopped()) {
        writeCheckpoint(folder, this.#plan, this.#state);
        kept = performance.now();
      }
      // A step blocks the event loop; without this pause a Ctrl-C would never be seen.
      await new Promise((resolve) => setImmediate(resolve));
    }
    progress.end();
    return this.#finish();
  }

  #intent(): string {
    const { name, engine } = this.#request;
    const { parameters, progress } = this.#state;
    const threads = `${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}`;
    return `${name}: ${parameters.values.length} parameters, ${engine.id}, ${threads}, steps ${progress.step + 1} to ${this.#steps} of ${this.#imagesPerStep} images`;
  }

  /** One batch of every data set, one update. */
  #step(): TaskLosses {
    const { recipe, engine } = this.#request;
    const { parameters, adam, progress } = this.#state;
    const options = { seed: recipe.seed, augment: recipe.augment, mean: INPUT_MEAN, std: INPUT_STD };
    const batches = this.#sources.map(({ source, rounds, ...grids }) =>
      drawBatch(source, rounds, this.#gridOf(grids, progress.step), progress.step, options),
    );
    let losses: TaskLosses = {};
    const gradient = trainingPass(
      engine.engine,
      engine.kernels,
      { graph: this.#graph, parameters },
      batches.map(({ group }) => group),
      (outputs) => {
        const result = objective(
          outputs,
          batches.map(({ targets }) => targets),
          recipe.loss,
          this.#classWeights,
        );
        losses = result.losses;
        return result.gradients;
      },
    );
    for (const [task, loss] of Object.entries(losses))
      if (!Number.isFinite(loss)) throw this.#diverged(`the loss of ${task} is ${loss} at step ${progress.step + 1}`);
    adamStep(parameters, gradient, adam, {
      step: progress.step + 1,
      learningRate: learningRateAt(progress.step, this.#steps, recipe.optimiser),
      weightDecay: recipe.optimiser.weightDecay,
      rateOf: this.#rateOf,
    });
    return losses;
  }

  #diverged(sign: string): MeasurementError {
    const { id } = this.#request.recipe;
    return new MeasurementError(`recipe ${id}: ${sign}: the training has diverged; lower optimiser.learningRate`);
  }

  #isHalf(step: number): boolean {
    return step < this.#request.recipe.halfSize * this.#steps;
  }

  #gridOf({ grid, halfGrid }: Pick<OpenSource, 'grid' | 'halfGrid'>, step: number): Grid {
    return this.#isHalf(step) ? halfGrid : grid;
  }

  #logLosses(recent: readonly TaskLosses[]): void {
    const { recipe } = this.#request;
    const { step, seconds } = this.#state.progress;
    const learningRate = learningRateAt(step - 1, this.#steps, recipe.optimiser);
    this.#log.append({
      kind: 'loss',
      step,
      images: step * this.#imagesPerStep,
      learningRate,
      losses: meanLosses(recent),
      seconds,
    });
  }

  async #validate(): Promise<Readonly<Record<string, Figures>>> {
    const { recipe } = this.#request;
    const figures: Record<string, Figures> = {};
    const { parameters, progress } = this.#state;
    if (!parameters.values.every(Number.isFinite))
      throw this.#diverged(`weights are not finite after step ${progress.step}`);
    for (const set of this.#validations) {
      const own = this.#sources.find(({ data }) => data === set.data)!;
      const { input } = this.#gridOf(own, progress.step - 1);
      figures[set.data.id] = await validate(recipe, this.#graph, parameters.toWeights(), set, input);
    }
    if (this.#validations.length) {
      const { step } = progress;
      const isHalf = this.#isHalf(step - 1);
      this.#log.append({ kind: 'validation', step, images: step * this.#imagesPerStep, isHalf, figures });
      this.#surroundings.progress.note(`step ${step} of ${this.#steps}: ${wordsOf(figures)}`);
    }
    return figures;
  }

  #isStopped(): boolean {
    return isStopped(this.#request.recipe, this.#state.progress);
  }

  #judge(figures: Readonly<Record<string, Figures>>): void {
    const { recipe } = this.#request;
    const [first] = this.#validations;
    // Figures at half the size say nothing of those at full size.
    if (!recipe.earlyStop || !first || this.#isHalf(this.#state.progress.step - 1)) return;
    judge(recipe, this.#state, figures[first.data.id]?.[recipe.earlyStop.key]);
  }

  /** Weights as they are stored, measured once more as such. */
  async #finish(): Promise<Trained> {
    const { recipe, name, command, engine, folder } = this.#request;
    const { parameters, best, progress } = this.#state;
    if (recipe.earlyStop && progress.best) {
      parameters.values.set(best.values);
      parameters.running.set(best.running);
    }
    const file = join(folder, `${name}.safetensors`);
    const bytes = encodeSafetensors(parameters.toWeights(), { dtype: 'float16', metadata: { recipe: recipe.id } });
    const stored = decodeSafetensors(bytes, file).tensors;
    const figures: Record<string, Figures> = {};
    for (const set of this.#validations) figures[set.data.id] = await validate(recipe, this.#graph, stored, set);
    writeAtomically(file, bytes);
    const card = writeTrained(folder, recipe, {
      name,
      command,
      file,
      bytes,
      measured: this.#validations.map((set) => ({ command, data: heldBackWords(set), figures: figures[set.data.id] })),
      sources: this.#sources.map(({ taught }) => taught),
      imagesSeen: progress.step * this.#imagesPerStep,
      seconds: progress.seconds,
      date: this.#surroundings.now(),
      backend: `${engine.id} ${engine.version}`,
      threads: engine.threads,
    });
    return { card, weights: file, figures, seconds: progress.seconds, stoppedEarly: this.#isStopped() };
  }
}

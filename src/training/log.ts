import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, ResourceError } from '../core/errors.ts';
import { writeAtomically } from '../formats/atomic.ts';
import type { TaskLosses } from './objective.ts';
import type { Figures } from './validate.ts';

/** Mean losses over the steps since the line before. */
export interface LossLine {
  readonly kind: 'loss';
  /** Steps done. */
  readonly step: number;
  readonly images: number;
  readonly learningRate: number;
  readonly losses: TaskLosses;
  /** Of training alone. */
  readonly seconds: number;
}

export interface ValidationLine {
  readonly kind: 'validation';
  readonly step: number;
  readonly images: number;
  /** At half the recipe's size, as training was. */
  readonly isHalf: boolean;
  /** Data set id -> figures. */
  readonly figures: Readonly<Record<string, Figures>>;
}

export type LogLine = LossLine | ValidationLine;

const logOf = (folder: string): string => join(folder, 'log.jsonl');

/** What a training has logged so far; nothing where it has not. @throws ResourceError on a line that is none of a log. */
export function readLog(folder: string): LogLine[] {
  const path = logOf(folder);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.split('\n').flatMap((line, i) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as LogLine];
    } catch (error) {
      throw new ResourceError(
        `${path}:${i + 1}: no line of a training log (${messageOf(error)}); remove the file: what is lost are the curves until here`,
      );
    }
  });
}

/** The history of a training, log.jsonl in its folder; small enough to be written whole each time. */
export class TrainingLog {
  readonly #path: string;
  readonly lines: LogLine[];

  private constructor(path: string, lines: LogLine[]) {
    this.#path = path;
    this.lines = lines;
  }

  static start(folder: string): TrainingLog {
    return new TrainingLog(logOf(folder), []);
  }

  /** What was written until a checkpoint; what came after it is done again. */
  static goOn(folder: string, step: number): TrainingLog {
    return new TrainingLog(
      logOf(folder),
      readLog(folder).filter((line) => line.step <= step),
    );
  }

  append(line: LogLine): void {
    this.lines.push(line);
    writeAtomically(this.#path, this.lines.map((each) => `${JSON.stringify(each)}\n`).join(''));
  }
}

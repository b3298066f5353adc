import { messageOf, ResourceError } from '../../core/errors.ts';
import type { Task } from '../../core/tasks.ts';
import type { Size } from '../postprocess.ts';
import { checkSum, payloadBytes } from './arrays.ts';
import { ByteReader, LineTooLong, StreamEnded } from './byte-reader.ts';
import { ChildProgram, type Command } from './child.ts';
import {
  HEADER_LIMIT_BYTES,
  PROTOCOL_VERSION,
  ProtocolError,
  parseAnswer,
  parseReady,
  type Ready,
  type Result,
  showBytes,
} from './protocol.ts';

/** How long the end of a program whose output is over may take to show. */
const EXIT_WAIT_MS = 1000;

export interface Question {
  readonly sample: string;
  /** RGB, height x width x 3. */
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** The size that maps must have. */
  readonly map: Size;
}

export interface Reply {
  readonly result: Result;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Question and answer with one program. What breaks the protocol ends it: every later question fails with the reason. */
export class Conversation {
  readonly ready: Ready;
  readonly #child: ChildProgram;
  readonly #reader: ByteReader;
  #asked = 0;
  #broken: string | undefined;

  private constructor(child: ChildProgram, reader: ByteReader, ready: Ready) {
    this.#child = child;
    this.#reader = reader;
    this.ready = ready;
  }

  /** @throws ResourceError when the program cannot be started or does not answer the greeting as it should. */
  static async open(command: Command, tasks: readonly Task[], startSeconds: number): Promise<Conversation> {
    const child = await ChildProgram.start(command);
    const reader = new ByteReader(child.stdout);
    try {
      child.stdin.write(`${JSON.stringify({ type: 'hello', protocol: PROTOCOL_VERSION, tasks })}\n`);
      const greeted = reader.line(HEADER_LIMIT_BYTES).then(parseReady);
      return new Conversation(child, reader, await within(greeted, startSeconds, 'startSeconds'));
    } catch (error) {
      const reason = await explain(error, child);
      await child.kill();
      throw new ResourceError(`backend process: ${JSON.stringify(command.command.join(' '))} did not start: ${reason}`);
    }
  }

  /**
   * @throws ResourceError with the program's message when it cannot do this image, or with the end of the program when
   * it crashed, did not answer in time or broke the protocol.
   */
  async ask(question: Question, timeoutSeconds: number): Promise<Reply> {
    const where = `backend process, ${this.ready.name}, sample ${question.sample}`;
    if (this.#broken !== undefined) throw new ResourceError(`${where}: not asked any more: ${this.#broken}`);
    const id = ++this.#asked;
    let refusal: string | undefined;
    try {
      if (this.#reader.unreadBytes > 0)
        throw new ProtocolError(
          'it wrote more than its last answer; what a program prints for people belongs on standard error',
        );
      const answered = Promise.race([this.#exchange(id, question), closedInput(this.#child)]);
      const answer = await within(answered, timeoutSeconds, 'timeoutSeconds');
      if (typeof answer !== 'string') return answer;
      refusal = answer;
    } catch (error) {
      this.#broken = await explain(error, this.#child);
      await this.#child.kill();
      throw new ResourceError(`${where}: ${this.#broken}`);
    }
    throw new ResourceError(`${where}: ${refusal}`);
  }

  /** The reply, or the message of a program that cannot do this image. */
  async #exchange(id: number, { sample, data, height, width, map }: Question): Promise<Reply | string> {
    const { stdin } = this.#child;
    const header = {
      ...{ type: 'image', id, sample, width, height, channels: 3, bytes: data.length },
      ...{ mapWidth: map.width, mapHeight: map.height },
    };
    stdin.write(`${JSON.stringify(header)}\n`);
    stdin.write(data);
    const answer = parseAnswer(await this.#reader.line(HEADER_LIMIT_BYTES));
    if (answer.id !== id) throw new ProtocolError(`it answered image ${answer.id}, it was asked for image ${id}`);
    if (answer.type === 'error') return `the program says: ${answer.message}`;
    const payload = await this.#reader.exactly(payloadBytes(answer, map));
    checkSum(answer, payload);
    return { result: answer, payload };
  }

  close(): Promise<void> {
    return this.#child.end();
  }
}

class TimeOut extends Error {}
class InputClosed extends Error {}

/** A program that reads no more will not answer either; nobody need wait until the time is out. */
async function closedInput(child: ChildProgram): Promise<never> {
  await child.inputClosed;
  throw new InputClosed();
}

async function within<T>(work: Promise<T>, seconds: number, option: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeOut(`no answer within ${seconds} s (option "${option}")`)), seconds * 1000);
  });
  // Whichever loses the race must not be reported as unhandled.
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function explain(error: unknown, child: ChildProgram): Promise<string> {
  if (error instanceof StreamEnded) {
    const words = await child.lastWords(EXIT_WAIT_MS);
    return words.startsWith('still running')
      ? `it closed its standard output without an answer; ${words}`
      : `it ended without an answer (after ${error.gotBytes} bytes of one): ${words}`;
  }
  if (error instanceof InputClosed)
    return `it closed its standard input and cannot be asked: ${await child.lastWords(EXIT_WAIT_MS)}`;
  const words = await child.lastWords(0);
  if (error instanceof TimeOut) return `${error.message}, so it was killed; ${words}`;
  if (error instanceof LineTooLong)
    return `it wrote more than ${HEADER_LIMIT_BYTES} bytes without an end of line, starting ${showBytes(error.start)}; ${words}`;
  if (error instanceof ProtocolError) return `${error.message}; ${words}`;
  return `${messageOf(error)}; ${words}`;
}

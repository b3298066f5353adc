import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { processBackend } from '../../../src/backends/process/index.ts';
import { sha256 } from '../../../src/core/canonical.ts';
import { ResourceError, UsageError } from '../../../src/core/errors.ts';
import type { Predictor } from '../../../src/core/predictor.ts';
import { TASKS, type Task } from '../../../src/core/tasks.ts';
import { noise } from '../maps.ts';

const PROGRAM = fileURLToPath(new URL('../../fixtures/process/program.mjs', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'densebench-process-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const open: Predictor[] = [];
afterEach(async () => {
  for (const predictor of open.splice(0)) await predictor.close();
});

async function start(mode: string, more: object = {}, args: string[] = [], tasks: readonly Task[] = TASKS) {
  const options = processBackend.parseOptions({ command: [process.execPath, PROGRAM, mode, ...args], ...more });
  const context = { tasks, openTrain: () => Promise.reject(new Error('not needed')) };
  const predictor = await processBackend.open({ options, context });
  open.push(predictor);
  return predictor;
}

const IMAGE = noise(6, 8);
const ask = (predictor: Predictor, id = 'a', image = IMAGE) => predictor.predict({ id, image: async () => image });

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ResourceError);
  return (error as Error).message;
}

async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    try {
      process.kill(pid, 0);
      // A killed process may wait for its parent to take note of it; it runs no more.
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return true;
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

describe('a program that keeps to the protocol', () => {
  it('gives its maps, value for value, image after image', async () => {
    const predictor = await start('good');
    expect(predictor.tasks).toEqual(TASKS);
    for (const [id, image] of [
      ['a', IMAGE],
      ['b', noise(13, 7)],
      ['c', noise(480, 640)],
    ] as const) {
      const { maps, timesMs } = await ask(predictor, id, image);
      const { height, width, data } = image;
      const at = (channel: number) => Array.from({ length: height * width }, (_, i) => data[3 * i + channel]);
      expect(maps.segmentation).toEqual({ height, width, channels: 1, data: Uint8Array.from(at(0)) });
      expect(maps.depth).toEqual({ height, width, channels: 1, data: Float32Array.from(at(1), (g) => 1 + g / 10) });
      expect(maps.normals?.data.subarray(0, 3)).toEqual(Float32Array.of(0, 0, -1));
      expect(timesMs.infer).toBeGreaterThan(0);
    }
  });

  it('is what it says it is: weights, device, version, and the files of its command', async () => {
    const { card } = await start('good', { device: 'cpu' });
    expect(card).toMatchObject({ id: 'process', version: '1', device: 'cpu', weightsSha256: 'ab'.repeat(32) });
    const { program } = card.options as { program: { files: Record<string, string> } };
    expect(program).toMatchObject({ name: 'program', version: '0.3', weights: 'ab'.repeat(32) });
    expect(program.files[PROGRAM]).toBe(sha256(readFileSync(PROGRAM)));
    expect(Object.keys(program.files)).toEqual([process.execPath, PROGRAM]);
    const { card: silent } = await start('no-weights');
    expect(silent.weightsSha256).toBeUndefined();
    expect(silent.options.program).toMatchObject({ weights: 'unknown' });
  });

  it('hears what is asked for, in its folder and environment', async () => {
    const { card } = await start('echo-hello', { cwd: work, env: { EXTRA: 'x=1' } }, [], ['depth']);
    const told = (card.options.program as { version: string }).version;
    expect(JSON.parse(told)).toEqual([{ type: 'hello', protocol: 1, tasks: ['depth'] }, 'x=1', work]);
  });

  it('gives only the tasks that both sides know', async () => {
    const predictor = await start('depth-only');
    expect(predictor.tasks).toEqual(['depth']);
    expect(Object.keys((await ask(predictor)).maps)).toEqual(['depth']);
    const message = await failureOf(start('depth-only', {}, [], ['segmentation']));
    expect(message).toMatch(/program gives depth; the run asks for segmentation/);
  });

  it('gets the image at the size that it wants, and gives maps at that of the image', async () => {
    const flat = { ...IMAGE, data: new Uint8Array(IMAGE.data.length).fill(7) };
    const { maps } = await ask(await start('sized'), 'a', flat);
    expect(maps.segmentation).toMatchObject({ height: 6, width: 8 });
    expect(new Set(maps.segmentation?.data)).toEqual(new Set([7]));
  });

  it('may hand over raw outputs, which are treated as those of any network', async () => {
    const { maps } = await ask(await start('raw'));
    expect(new Set(maps.segmentation?.data)).toEqual(new Set([2]));
    expect(maps.depth?.data[0]).toBeCloseTo(2.5, 6);
    expect([...(maps.normals?.data.subarray(0, 3) ?? [])]).toEqual([0, 0, -1]);
    expect(await failureOf(ask(await start('raw-missing')))).toMatch(
      /sample a: no "n" among its arrays \(logits, z, m\)/,
    );
  });

  it('gives the logits of raw outputs where they are asked for, as a network does', async () => {
    const predictor = await start('raw');
    const { raw } = await predictor.predict({ id: 'a', image: async () => IMAGE, wantsRaw: true });
    expect(raw?.segmentation).toEqual({
      shape: [1, 3, 2, 2],
      data: Float32Array.from({ length: 12 }, (_, i) => (i >= 8 ? 1 : 0)),
    });
    expect(raw?.depth?.shape).toEqual([1, 1, 2, 2]);
    expect((await ask(predictor)).raw).toBeUndefined();
    const maps = await start('good');
    expect((await maps.predict({ id: 'a', image: async () => IMAGE, wantsRaw: true })).raw).toBeUndefined();
  });

  it('may give the logits of many classes at the size of the image', async () => {
    const image = noise(96, 128);
    const { maps } = await ask(await start('raw-large'), 'a', image);
    expect(new Set(maps.segmentation?.data)).toEqual(new Set([39]));
  });

  it('may fail at one image and go on', async () => {
    const predictor = await start('refuses');
    await ask(predictor, 'a');
    expect(await failureOf(ask(predictor, 'b'))).toBe(
      'backend process, program, sample b: the program says: this image is all black',
    );
    await ask(predictor, 'c');
  });

  it('hands NaN on to the protocol, as every backend does', async () => {
    const { maps } = await ask(await start('nan'));
    expect(maps.depth?.data[1]).toBeNaN();
    expect(maps.depth?.data[0]).not.toBeNaN();
  });

  it('may write as slowly as it likes, within its time', async () => {
    const { maps } = await ask(await start('slow'));
    expect(maps.segmentation?.data).toEqual(Uint8Array.from({ length: 48 }, (_, i) => IMAGE.data[3 * i]));
  });

  it('may tell its own times', async () => {
    const { timesMs } = await ask(await start('times'));
    expect(timesMs.infer).toBe(0.002);
    expect(timesMs.postprocess).toBeGreaterThanOrEqual(0.003);
    expect(await failureOf(ask(await start('lying-times')))).toMatch(
      /timesMs make 1000000\.0 ms, but it answered within/,
    );
  });
});

describe('a program that does not start', () => {
  it.each([
    ['a command that does not exist', { command: ['no-such-program'] }, /cannot start "no-such-program" in .*ENOENT/],
    ['a folder that does not exist', { command: [process.execPath], cwd: 'nowhere' }, /cannot start .* in .*nowhere/],
    ['a file that is no program', { command: [join(work, '..')] }, /cannot start .*EACCES/],
  ])('%s', async (_, options, message) => {
    const context = { tasks: TASKS, openTrain: () => Promise.reject(new Error('not needed')) };
    const opening = processBackend.open({ options: processBackend.parseOptions(options), context });
    expect(await failureOf(opening)).toMatch(message);
  });

  it.each([
    [
      'dies-at-start',
      /did not start: it ended without an answer .*exit code 7; .*\n {2}ModuleNotFoundError: No module/,
    ],
    ['prints-at-start', /"Loading weights\.\.\." on its standard output is not a "ready" header; .* standard error/],
    ['flood-at-start', /more than 65536 bytes without an end of line, starting "xxx/],
    ['other-protocol', /is not a "ready" header: protocol: /],
    ['raw-index', /raw\.outputs\.depth\.index: arrays of a program are known by name: give the name of the array/],
  ])('%s', async (mode, message) => {
    expect(await failureOf(start(mode))).toMatch(message);
  });

  it('has only so much time', async () => {
    const opening = start('silent-start', { startSeconds: 0.3 });
    expect(await failureOf(opening)).toMatch(/no answer within 0\.3 s \(option "startSeconds"\), so it was killed/);
  });

  it('uses the device that was asked for, or fails', async () => {
    expect(await failureOf(start('good', { device: 'cuda:0' }))).toMatch(
      /device "cuda:0" was asked for, program says it uses "cpu"/,
    );
  });

  it('has options that are checked', () => {
    expect(() => processBackend.parseOptions({})).toThrow(UsageError);
    expect(() => processBackend.parseOptions({ command: [] })).toThrow(/command/);
    expect(() => processBackend.parseOptions({ command: ['x'], timeoutSecond: 1 })).toThrow('"timeoutSeconds"');
  });
});

describe('a program that goes wrong later', () => {
  it.each([
    ['killed-mid-run', /sample a: it ended without an answer .*killed by SIGKILL/],
    ['closes-stdout', /sample a: it closed its standard output without an answer; still running/],
    ['garbage', /"100%\|####\| 1\/1" on its standard output is not a "result" or "error" header/],
    ['binary-garbage', /\\u001b.*is not a "result"/],
    ['wrong-id', /it answered image 6, it was asked for image 1/],
    ['wrong-sum', /the CRC-32 of its arrays is \d+, its header says 1/],
    ['prints-inside', /the CRC-32 of its arrays is/],
    ['lying-length', /it announces 12 bytes for arrays \(.*\) that make 816/],
    ['too-many', /it announces 14400000000 bytes for an image of 8x6; 1048576 are the most/],
    ['torn', /it ended without an answer \(after \d+ bytes of one\): exit code 0/],
  ])('%s: fatal, and every later image says so', async (mode, message) => {
    const predictor = await start(mode);
    const first = await failureOf(ask(predictor));
    expect(first).toMatch(message);
    const later = await failureOf(ask(predictor, 'b'));
    expect(later).toContain('sample b: not asked any more: ');
  });

  it.each([
    ['wrong-size', /"depth" is float32 \[8, 6\]; the shape must be \[6, 8\]/],
    ['wrong-type', /"depth" is int32 \[6, 8\]; float32 is needed/],
    ['missing', /no "normals" among its arrays \(segmentation, depth\)/],
  ])('%s: costs that image only', async (mode, message) => {
    const predictor = await start(mode);
    expect(await failureOf(ask(predictor))).toMatch(message);
    expect(await failureOf(ask(predictor, 'b'))).toMatch(message);
  });

  it('dies between two images, with its last words', async () => {
    const predictor = await start('dies-mid-run');
    await ask(predictor, 'a');
    const message = await failureOf(ask(predictor, 'b'));
    expect(message).toMatch(/sample b: .*exit code 9; .*\n {2}step one\n {2}CUDA error: out of memory/);
    expect(await failureOf(ask(predictor, 'c'))).toContain('CUDA error: out of memory');
  });

  it('writes more than its answer', async () => {
    const predictor = await start('extra');
    await ask(predictor, 'a');
    expect(await failureOf(ask(predictor, 'b'))).toMatch(/it wrote more than (its last answer|65536 bytes)/);
  });

  it('closes its input', async () => {
    const predictor = await start('closes-stdin', { timeoutSeconds: 20 });
    await ask(predictor, 'a');
    expect(await failureOf(ask(predictor, 'b', noise(480, 640)))).toMatch(/closed its standard input|ended without/);
  });

  it('never answers: is killed when its time is out', async () => {
    const file = join(work, 'silent.pid');
    const predictor = await start('never-answers', { timeoutSeconds: 0.3 }, [file]);
    expect(await failureOf(ask(predictor))).toMatch(
      /no answer within 0\.3 s \(option "timeoutSeconds"\), so it was killed/,
    );
    expect(await isGone(Number(readFileSync(file, 'utf8')))).toBe(true);
  });
});

describe('nothing is left behind', () => {
  it.each(['ignores-sigterm', 'grandchild'])('%s', async (mode) => {
    const file = join(work, `${mode}.pid`);
    const predictor = await start(mode, {}, [file]);
    await ask(predictor);
    await predictor.close();
    expect(existsSync(file)).toBe(true);
    expect(await isGone(Number(readFileSync(file, 'utf8')))).toBe(true);
  });
});

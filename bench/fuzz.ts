import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { planGraph } from '../src/backends/tfjs/plan.ts';
import { wholeNumber } from '../src/cli/options.ts';
import { ResourceError } from '../src/core/errors.ts';
import { decodeOnnx } from '../src/formats/onnx.ts';
import { decodeCheckpoint } from '../src/formats/torch/index.ts';
import { zipDirectory } from '../src/formats/zip-directory.ts';
import { networkFromCheckpoint, refinenet, seededWeights, toOnnx } from '../src/network/index.ts';
import { onnxCosts } from '../src/network/onnx-costs/index.ts';
import { randomStream } from '../src/network/random.ts';

const HANG_MS = 2000;
const LIMIT_BYTES = 1e9;
const POLL_MS = 20;
const SHOWN = 10;
const DEFAULT_CASES = 200_000;

interface Target {
  readonly name: string;
  /** Of all cases. */
  readonly share: number;
  corpus(): Uint8Array[];
  /** May throw a ResourceError and nothing else. */
  use(bytes: Uint8Array): void;
}

const CHECKPOINTS = [
  'nano6t3.zip.ckpt',
  'nano6t3.bare.zip.pth',
  'nano6t3.legacy.ckpt',
  'nano6t3.py27-torch030.ckpt',
  'nano6t3.py27-torch041.ckpt',
  'tricky/corners.zip.pth',
  'tricky/corners.legacy.pth',
  'tricky/corners.legacy_proto4.pth',
  'tricky/deflated_entries.pth',
];

/** From a checkout: the originals beside it, or the copies that it holds. */
function goldenCheckpoints(): Uint8Array[] {
  const folders = ['../shared', 'test/fixtures/shared'].map((root) => join(root, 'golden', 'checkpoints'));
  const paths = CHECKPOINTS.flatMap(
    (file) => folders.map((folder) => join(folder, file)).find((path) => existsSync(path)) ?? [],
  );
  if (paths.length === 0) throw new Error(`no checkpoint to mutate in ${folders.join(' or ')}`);
  if (paths.length < CHECKPOINTS.length) console.log(`${paths.length} of ${CHECKPOINTS.length} checkpoints are here`);
  return paths.map((path) => readFileSync(path));
}

/** Small networks: a mutation in a small file more often hits something that matters. */
function smallOnnx(): Uint8Array[] {
  const rows = [1, 2, 2, 2, 1, 2, 1].map((stride): [number, number, number, 1 | 2] => [2, 2, 1, stride as 1 | 2]);
  return (['depthwise', 'dense', 'none'] as const).map((head) => {
    const graph = refinenet({ classes: 2, tasks: ['segmentation', 'normals'], stem: 2, rows, decoderWidth: 2, head });
    return toOnnx(graph, seededWeights(graph, 1), { width: 33, height: 20 });
  });
}

const TARGETS: readonly Target[] = [
  {
    name: 'PyTorch checkpoints: every tensor read, network recognised',
    share: 0.7,
    corpus: goldenCheckpoints,
    use(bytes) {
      const checkpoint = decodeCheckpoint(bytes, 'mutated');
      for (const { tensors } of checkpoint.groups) for (const tensor of tensors.values()) tensor.values();
      networkFromCheckpoint(checkpoint, 'mutated');
    },
  },
  {
    name: 'ONNX files: decoded, costs counted, planned for TensorFlow.js',
    share: 0.3,
    corpus: smallOnnx,
    use(bytes) {
      const model = decodeOnnx(bytes, 'mutated');
      onnxCosts(model);
      planGraph(model, 'mutated');
    },
  },
];

/** [finished cases, accepted cases, largest time of a case in microseconds]: written by the worker, watched from outside. */
const COUNTERS = 3;

/**
 * Reads mutated checkpoints and ONNX files in a worker whose time and memory are watched: --cases 200000, --seed 1. Any
 * error but a ResourceError, a case of over 2 s, and a process above 1 GB fail the run. Mutated files are not given to
 * native runtimes, which do not promise to survive them.
 */
export async function main(args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cases: { type: 'string', default: String(DEFAULT_CASES) },
      seed: { type: 'string', default: '1' },
    },
  });
  const cases = wholeNumber('--cases', 1)(values.cases);
  const seed = wholeNumber('--seed', 0)(values.seed);
  let failed = false;
  for (const [index, { name, share }] of TARGETS.entries()) {
    const result = await watch({ index, seed, cases: Math.ceil(cases * share) });
    const { done, accepted, slowestMs, peakBytes, seconds, problems } = result;
    console.log(
      `${name}: ${done} cases in ${seconds.toFixed(0)} s, ${accepted} accepted, the rest refused; ` +
        `slowest ${slowestMs.toFixed(0)} ms, peak of the process ${(peakBytes / 1e6).toFixed(0)} MB`,
    );
    for (const problem of problems.slice(0, SHOWN)) console.log(`  PROBLEM ${problem}`);
    if (problems.length > SHOWN) console.log(`  and ${problems.length - SHOWN} more`);
    failed ||= problems.length > 0;
  }
  if (failed) process.exitCode = 1;
}

interface Job {
  readonly index: number;
  readonly seed: number;
  readonly cases: number;
}

async function watch(job: Job) {
  const counters = new Int32Array(new SharedArrayBuffer(4 * COUNTERS));
  const problems: string[] = [];
  const started = performance.now();
  let peakBytes = 0;
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { fuzz: job, counters },
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  worker.on('message', (problem: string) => problems.push(problem));
  worker.on('error', (error) => problems.push(`case ${counters[0]}: the worker ended: ${error.message}`));
  let seenAt = started;
  let seen = -1;
  const timer = setInterval(() => {
    const now = performance.now();
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    if (counters[0] !== seen) [seen, seenAt] = [counters[0], now];
    const hangs = now - seenAt > HANG_MS;
    if (!hangs && peakBytes < LIMIT_BYTES) return;
    problems.push(`case ${counters[0]}: ${hangs ? `more than ${HANG_MS} ms` : `${peakBytes} bytes of memory`}`);
    void worker.terminate();
  }, POLL_MS);
  await new Promise((resolve) => worker.on('exit', resolve));
  clearInterval(timer);
  const [done, accepted, slowestUs] = counters;
  return {
    done,
    accepted,
    slowestMs: slowestUs / 1000,
    peakBytes,
    seconds: (performance.now() - started) / 1000,
    problems,
  };
}

function work({ index, seed, cases }: Job, counters: Int32Array): void {
  const { corpus, use } = TARGETS[index];
  const files = corpus().map((content) => ({ content, pickle: spanOfPickle(Buffer.from(content)) }));
  for (let at = 0; at < cases; at++) {
    const bytes = mutated(files, randomStream(seed, `${index}/${at}`).uniform);
    const started = performance.now();
    try {
      use(bytes);
      counters[1]++;
    } catch (error) {
      if (!(error instanceof ResourceError))
        parentPort?.postMessage(
          `case ${at} (seed ${seed}): ${(error as Error).stack?.split('\n').slice(0, 3).join(' ')}`,
        );
    }
    counters[2] = Math.max(counters[2], Math.round(1000 * (performance.now() - started)));
    counters[0] = at + 1;
  }
}

const LENGTHS = [0, 1, 2, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

interface Original {
  readonly content: Uint8Array;
  readonly pickle: Span | undefined;
}

/** One of the files, changed in one to three places. */
function mutated(files: readonly Original[], random: () => number): Uint8Array {
  const whole = (below: number) => Math.floor(random() * below);
  const { content, pickle } = files[whole(files.length)];
  let bytes: Buffer = Buffer.from(content);
  // In a zip archive a checksum hides what lies behind it: half of the time the pickle is changed and the sum put right.
  const inPickle = pickle !== undefined && random() < 0.7;
  // Half of the time the length stays what it was, so that the change lies in a value rather than in the framing.
  const kinds = inPickle || random() < 0.5 ? 3 : 6;
  for (let changes = 1 + whole(3); changes > 0; changes--) {
    const [from, to] = inPickle ? [pickle.start, pickle.end] : [0, bytes.length];
    // Structure lies at both ends: one change in two goes there.
    const span = to - from;
    const near = random() < 0.5 ? Math.min(span, 2048) : span;
    const at = random() < 0.8 ? from + whole(near) : to - 1 - whole(near);
    const kind = whole(kinds);
    if (bytes.length === 0) break;
    if (kind === 0) bytes[at] ^= 1 << whole(8);
    else if (kind === 1) bytes[at] = whole(256);
    else if (kind === 2) {
      const length = [1, 2, 4, 8][whole(4)];
      const value = Buffer.alloc(8);
      value.writeUInt32LE(LENGTHS[whole(LENGTHS.length)]);
      if (random() < 0.2) value.fill(0xff);
      value.copy(bytes, at, 0, Math.min(length, to - at));
    } else if (kind === 3) bytes = bytes.subarray(0, at);
    else {
      const other = files[whole(files.length)].content;
      const piece = other.subarray(whole(other.length)).subarray(0, 1 + whole(300));
      const skip = kind === 4 ? piece.length : 0;
      bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + skip)]);
    }
  }
  if (inPickle) bytes.writeUInt32LE(crc32(bytes.subarray(pickle.start, pickle.end)), pickle.crcAt);
  return bytes;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly crcAt: number;
}

/** Where a stored data.pkl lies in an archive, and where its checksum is kept. */
function spanOfPickle(bytes: Buffer): Span | undefined {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return undefined;
  for (const { name, method, offset, bytes: size, crc } of zipDirectory(
    bytes.length,
    (at, length) => bytes.subarray(at, at + length),
    'corpus',
  )) {
    if (!name.endsWith('data.pkl') || method !== 0) continue;
    const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
    const kept = Buffer.alloc(4);
    kept.writeUInt32LE(crc);
    // The central directory lies behind the contents, so the last place that holds the sum is the one that counts.
    return { start, end: start + size, crcAt: bytes.lastIndexOf(kept) };
  }
  return undefined;
}

if (!isMainThread && workerData?.fuzz) work(workerData.fuzz, workerData.counters);

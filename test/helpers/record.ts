import type { LatencyRecord } from '../../src/core/latency-record.ts';
import { type EntryReading, type MeasuredEntry, RECORD_SCHEMA, type RunRecord } from '../../src/core/record.ts';
import { loadPublished } from '../../src/suite/published.ts';

/** Where a test needs one more reading than the fixture has. */
export function reading(key: string, value: number | null, more: Partial<EntryReading> = {}): EntryReading {
  const task = key.split('/')[0];
  const lower = /rmse|Log|Rel|Deg|nonFinite/.test(key);
  const unit = key === 'depth/rmse' ? 'm' : /Deg$/.test(key) ? 'deg' : '1';
  return {
    key,
    value,
    unit,
    better: lower ? 'lower' : 'higher',
    pooling: 'pixel',
    count: task === 'segmentation' ? 6_912_345 : 5_004_321,
    protocol: `authors:${key.split('/')[1]}`,
    protocolId: 'authors-nyud',
    ...(value === null && { reason: 'no reason given by the test' }),
    ...more,
  };
}

const eigen = (key: string, value: number) =>
  reading(key, value, { protocolId: 'eigen-nyu', protocol: `eigen:${key.split('/')[1]}`, count: 3_991_008 });

/** Deterministic "times" with a tail: no clock and no random source in a test. */
const spread = (base: number, count: number) =>
  Array.from({ length: count }, (_, i) => base * (1 + (0.08 * ((i * 37) % 11)) / 11 + (i % 29 === 0 ? 0.35 : 0)));

function summary(samples: readonly number[]) {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    count: samples.length,
    medianMs: sorted[Math.floor(samples.length / 2)],
    meanMs: samples.reduce((a, b) => a + b) / samples.length,
    minimumMs: sorted[0],
    ...(samples.length >= 100 && { p90Ms: sorted[Math.ceil(0.9 * samples.length) - 1] }),
  };
}

function latency(count: number): LatencyRecord {
  const parts = { prepare: spread(6.9, count), infer: spread(79.25, count), postprocess: spread(8.1, count) };
  const total = parts.prepare.map((value, i) => value + parts.infer[i] + parts.postprocess[i]);
  const samplesMs = { ...parts, total };
  return {
    inputSize: '640x480',
    device: 'cpu',
    threads: 1,
    loadMs: 212.5,
    firstCallMs: 301.75,
    warmupCalls: 8,
    stages: {
      prepare: summary(parts.prepare),
      infer: summary(parts.infer),
      postprocess: summary(parts.postprocess),
      total: summary(total),
    },
    samplesMs,
  };
}

const CLASSES = [
  'wall',
  'floor',
  'cabinet',
  'bed',
  'chair',
  'sofa',
  'table',
  'door',
  'window',
  'bookshelf',
  'picture',
  'counter',
];

const classReadings = (values: readonly (number | null)[]) =>
  CLASSES.map((name, i) =>
    reading(
      `segmentation/IoU:${name}`,
      values[i],
      values[i] === null ? { reason: 'absent from truth and prediction' } : {},
    ),
  );

const network: MeasuredEntry = {
  kind: 'measured',
  id: 'mt-lw-refinenet',
  title: 'MT-LW-RefineNet',
  backend: {
    id: 'onnxruntime-node',
    version: '1.30.0',
    device: 'cpu',
    threads: 1,
    weightsSha256: 'ab'.repeat(32),
    options: { threads: 1 },
  },
  model: { id: 'mt-lw-refinenet-nyud', title: 'MT-LW-RefineNet, 40 classes, 2 tasks', card: 'c0ffee' },
  cost: { params: 3_070_057, macs: 5_940_326_400, inputSize: '640x480' },
  latency: latency(120),
  readings: [
    reading('segmentation/mIoU', 0.3812345678901234),
    ...classReadings([0.71, 0.82, 0.45, 0.55, 0.48, 0.5, 0.36, 0.3, 0.39, 0.33, 0.52, null]),
    reading('depth/rmse', 0.6123456789012345),
    reading('depth/rmse', 0.5987, { pooling: 'image', count: 24 }),
    reading('depth/rmseLog', null, {
      reason: '3 predictions are zero or negative, the first at row 4, column 7 of rooms_0003',
    }),
    reading('depth/absRel', 0.1512),
    reading('depth/delta1', 0.79999),
    eigen('depth/rmse', 0.58),
    eigen('depth/rmseLog', 0.19),
    eigen('depth/absRel', 0.14),
    eigen('depth/delta1', 0.81),
  ],
  evidence: { segmentation: 'evidence0001', depth: 'evidence0002' },
  images: 24,
  failed: 0,
};

const prior: MeasuredEntry = {
  kind: 'measured',
  id: 'prior',
  title: 'prior of the train split',
  backend: { id: 'prior', version: '1', device: 'cpu', options: {} },
  readings: [
    reading('segmentation/mIoU', 0.0412),
    ...classReadings([0.31, 0.22, 0.02, 0, 0.01, 0, 0, 0.03, 0.05, 0, 0, null]),
    reading('depth/rmse', 1.0321),
    reading('depth/rmse', 1.01, { pooling: 'image', count: 24 }),
    reading('depth/rmseLog', 0.3351),
    reading('depth/absRel', 0.341),
    reading('depth/delta1', 0.41),
    eigen('depth/rmse', 1.05),
    eigen('depth/rmseLog', 0.34),
    eigen('depth/absRel', 0.35),
    eigen('depth/delta1', 0.4),
  ],
  evidence: { segmentation: 'evidence0001', depth: 'evidence0002' },
  images: 24,
  failed: 0,
};

/** A finished run on sample data: two measured rows, an undefined reading, two protocols, the rows of Table I. */
export function syntheticRecord(overrides: Partial<RunRecord> = {}): RunRecord {
  return {
    schema: RECORD_SCHEMA,
    runId: '20260101T120000-a1b2c3',
    outcome: 'complete',
    suite: { id: 'nyud', title: 'NYUDv2: segmentation and depth in one pass', hash: '0123456789ab' },
    startedAt: '2026-01-01T12:00:00.000Z',
    finishedAt: '2026-01-01T12:01:30.000Z',
    command: 'densebench run nyud',
    data: {
      id: 'rooms',
      title: 'Procedural rooms in the layout of NYUDv2',
      licence: 'MIT',
      split: 'test',
      location: '/data/rooms',
      isSample: true,
      tasks: ['segmentation', 'depth', 'normals'],
      taxonomy: 'nyud40',
      classNames: CLASSES,
      depthTruth: 'raw',
      splitCount: 24,
      count: 24,
      sampleIdsSha256: 'cd'.repeat(32),
      card: 'c0ffee',
      standsInFor: { id: 'nyudv2', reason: 'nyu_depth_v2_labeled.mat was not found' },
    },
    protocols: [
      {
        id: 'authors-nyud',
        title: "the paper's NYUDv2 protocol",
        source: 'Nekrasov et al., ICRA 2019',
        segmentation: { classes: 40, ignore: 255, taxonomy: 'nyud40' },
        depth: { truth: 'raw', minimumM: 0, maximumM: null, crop: 'none', scaling: 'none', nonFinite: 'abs-strict' },
      },
      {
        id: 'eigen-nyu',
        title: 'Eigen crop, truth in (0.001, 10) m',
        source: 'Eigen et al. 2014',
        depth: { truth: 'raw', minimumM: 0.001, maximumM: 10, crop: 'eigen-nyu', scaling: 'none', nonFinite: 'clamp' },
      },
    ],
    entries: [network, prior, ...loadPublished('nekrasov2019-table1')],
    failures: [],
    environment: {
      cpu: 'Example CPU @ 2.00GHz',
      cores: 2,
      memoryGiB: 8,
      loadAverage1m: 0.25,
      platform: 'linux-x64',
      node: '20.19.0',
      densebench: '0.1.0',
      packages: { 'onnxruntime-node': '1.30.0' },
      git: { commit: 'ef'.repeat(20), dirty: true },
    },
    ...overrides,
  };
}

/** Every string that a user or a file controls, as an attacker would choose it. */
export const HOSTILE = `<script>alert("x")</script> & 'q' ]]> | \\ _$%#{}~^ [a](javascript:x) \`c\` \u001b[31mred\u001b[0m \u202eevil\nnext`;
/** Opens a formula in a spreadsheet. */
export const FORMULA = '=HYPERLINK("http://x.invalid";"y")';

export function hostileRecord(): RunRecord {
  const record = syntheticRecord();
  return {
    ...record,
    runId: FORMULA,
    suite: { ...record.suite, title: HOSTILE },
    command: HOSTILE,
    data: { ...record.data, id: HOSTILE, title: HOSTILE, licence: HOSTILE, location: HOSTILE, classNames: [HOSTILE] },
    protocols: record.protocols.map((protocol) => ({ ...protocol, title: HOSTILE, source: HOSTILE })),
    entries: record.entries.map((entry) =>
      entry.kind === 'reported'
        ? { ...entry, title: HOSTILE, source: HOSTILE, url: 'javascript:alert(1)', latencyAsReported: HOSTILE }
        : {
            ...entry,
            id: FORMULA,
            title: HOSTILE,
            model: { id: HOSTILE, title: HOSTILE, note: HOSTILE, card: HOSTILE },
            backend: { ...entry.backend, device: HOSTILE, options: { [HOSTILE]: HOSTILE } },
            readings: [
              ...entry.readings.map((r) => (r.value === null ? { ...r, reason: HOSTILE } : r)),
              reading(`segmentation/IoU:${HOSTILE}`, 0.5),
            ],
          },
    ),
    failures: [{ entry: FORMULA, sample: HOSTILE, message: HOSTILE }],
    environment: { ...record.environment, cpu: HOSTILE, packages: { [HOSTILE]: HOSTILE } },
  };
}

import { fingerprint } from '../core/canonical.ts';
import { UsageError } from '../core/errors.ts';
import { isJoint, type LoadedJoint, type LoadedSuite } from './loaded.ts';
import { jointHash } from './parts.ts';
import { OPEN_LOOP_SECONDS, type Suite, type SuiteEntry } from './schema.ts';

/** What the command line may change in a suite. */
export interface SuiteOverrides {
  readonly backend?: string;
  readonly device?: string;
  readonly threads?: number;
  readonly warmupSeconds?: number;
  /** Of the latency measurement, and of the open loop where there is one. */
  readonly durationSeconds?: number;
  readonly rateHz?: number;
}

/**
 * The suite as the command line changes it; only entries with a model (networks) get the backend's settings, and only
 * parts that measure latency the flags of latency.
 * @throws UsageError when latency flags are given for a suite that measures none.
 */
export function overrideSuite<L extends LoadedSuite | LoadedJoint>(loaded: L, overrides: SuiteOverrides): L;
export function overrideSuite(loaded: LoadedSuite | LoadedJoint, overrides: SuiteOverrides): LoadedSuite | LoadedJoint {
  if (!isJoint(loaded)) return overrideOne(loaded, overrides);
  const { backend, device, threads } = overrides;
  const isTimed = loaded.parts.some(({ suite }) => suite.latency);
  const parts = loaded.parts.map((part) => ({
    ...part,
    ...overrideOne(part, part.suite.latency || !isTimed ? overrides : { backend, device, threads }),
  }));
  return { ...loaded, parts, hash: jointHash({ suite: loaded.suite, parts }) };
}

function overrideOne(loaded: LoadedSuite, overrides: SuiteOverrides): LoadedSuite {
  const { backend, device, threads } = overrides;
  const overridden = <E extends Pick<SuiteEntry, 'backend'>>(entry: E): E => {
    // Options of one backend mean nothing to another.
    const base = backend !== undefined && backend !== entry.backend.id ? { id: backend } : entry.backend;
    return {
      ...entry,
      backend: { ...base, ...(device !== undefined && { device }), ...(threads !== undefined && { threads }) },
    };
  };
  const entries = loaded.suite.entries.map((entry) => (entry.model === undefined ? entry : overridden(entry)));
  const { labels } = loaded.suite;
  const changed = Object.entries({
    '--warmup': overrides.warmupSeconds,
    '--duration': overrides.durationSeconds,
    '--rate': overrides.rateHz,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${value}`]));
  if (changed.length > 0 && !loaded.suite.latency)
    throw new UsageError(
      `${changed[0]}: suite ${loaded.suite.id} measures no latency; add "latency: {}" to ${loaded.file}`,
    );
  const latency = loaded.suite.latency && overrideLatency(loaded.suite.latency, overrides);
  const suite = {
    ...loaded.suite,
    entries: entries.map((entry) => overrideOwn(entry, overrides)),
    ...(labels && { labels: { ...labels, experts: labels.experts.map(overridden) } }),
    ...(latency && { latency }),
  };
  return { ...loaded, suite, hash: fingerprint(suite), ...(changed.length > 0 && { overrides: changed }) };
}

/** A flag goes before what a row asks for itself. */
function overrideOwn(entry: SuiteEntry, { warmupSeconds, durationSeconds }: SuiteOverrides): SuiteEntry {
  if (!entry.latency) return entry;
  const latency = {
    ...entry.latency,
    ...(warmupSeconds !== undefined && { warmupSeconds }),
    ...(durationSeconds !== undefined && { minimumSeconds: durationSeconds }),
  };
  return { ...entry, latency };
}

function overrideLatency(
  latency: NonNullable<Suite['latency']>,
  { warmupSeconds, durationSeconds, rateHz }: SuiteOverrides,
): Suite['latency'] {
  const openLoop =
    rateHz === undefined ? latency.openLoop : { seconds: OPEN_LOOP_SECONDS, ...latency.openLoop, rateHz };
  return {
    ...latency,
    ...(warmupSeconds !== undefined && { warmupSeconds }),
    ...(durationSeconds !== undefined && { minimumSeconds: durationSeconds }),
    ...(openLoop && {
      openLoop: { ...openLoop, ...(durationSeconds !== undefined && { seconds: durationSeconds }) },
    }),
  };
}

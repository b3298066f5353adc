import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { LatencyConditions } from '../core/latency-record.ts';

/** What the process and the machine used between two moments. */
export interface Usage {
  readonly conditions: LatencyConditions;
  /** Threads of this process that worked, where the system tells (Linux). */
  readonly threadsAtWork?: number;
}

/** Starts to watch; calling the answer ends it. Passed in, so that a test can say what the machine did. */
export type Watch = () => () => Usage;

interface ThreadTimes {
  readonly runMs: number;
  readonly waitMs: number;
}

/** A thread is at work when it used at least this share of what the busiest one used: helpers of Node use far less. */
const AT_WORK = 0.2;
const NS_PER_MS = 1e6;
const US_PER_MS = 1000;

/** By the counters of the operating system; reading them costs a millisecond, so it is done outside the timed calls. */
export const watchUsage: Watch = () => {
  const before = { threads: threadTimes(), machineMs: machineBusyMs(), process: processTimes(), ms: performance.now() };
  return () => {
    const wallMs = performance.now() - before.ms;
    const own = processTimes();
    const cpuMs = own.cpuMs - before.process.cpuMs;
    const otherMs = machineBusyMs() - before.machineMs - cpuMs;
    const threads = workOf(before.threads, threadTimes());
    return {
      conditions: {
        wallMs,
        cpuMs,
        involuntarySwitches: own.switches - before.process.switches,
        ...(threads && { waitingMs: threads.waitMs }),
        // The machine's counters move in steps of 10 ms: they tell nothing of a shorter time.
        ...(wallMs >= 1000 && { otherCores: Math.max(0, otherMs / wallMs) }),
        cores: cpus().length,
      },
      ...(threads && { threadsAtWork: threads.count }),
    };
  };
};

/**
 * The most memory that this process ever held. Not resourceUsage().maxRSS on Linux: that starts from the size of the
 * process which forked this one.
 */
export function peakMemoryBytes(): number {
  const KIB = 1024;
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readText('/proc/self/status') ?? '')?.[1];
  return KIB * (peak === undefined ? process.resourceUsage().maxRSS : Number(peak));
}

function processTimes() {
  const { userCPUTime, systemCPUTime, involuntaryContextSwitches } = process.resourceUsage();
  return { cpuMs: (userCPUTime + systemCPUTime) / US_PER_MS, switches: involuntaryContextSwitches };
}

const machineBusyMs = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

/** Per thread: time on a core, and time ready to run without one (Linux, /proc/<pid>/task/<tid>/schedstat). */
function threadTimes(): Map<string, ThreadTimes> | undefined {
  const folder = '/proc/self/task';
  const ids = process.platform === 'linux' ? readdirSync(folder) : [];
  const times = new Map<string, ThreadTimes>();
  for (const id of ids) {
    const [runNs, waitNs] = (readText(`${folder}/${id}/schedstat`) ?? '').split(' ').map(Number);
    if (Number.isFinite(runNs) && Number.isFinite(waitNs))
      times.set(id, { runMs: runNs / NS_PER_MS, waitMs: waitNs / NS_PER_MS });
  }
  return times.size > 0 ? times : undefined;
}

/** Of the threads at work only: how many, and how long they waited for a core. */
function workOf(
  before: ReadonlyMap<string, ThreadTimes> | undefined,
  after: ReadonlyMap<string, ThreadTimes> | undefined,
) {
  if (!before || !after) return undefined;
  const spent = [...after].map(([id, { runMs, waitMs }]) => ({
    runMs: runMs - (before.get(id)?.runMs ?? 0),
    waitMs: waitMs - (before.get(id)?.waitMs ?? 0),
  }));
  const most = Math.max(...spent.map(({ runMs }) => runMs));
  const atWork = spent.filter(({ runMs }) => runMs >= AT_WORK * most);
  return { count: atWork.length, waitMs: atWork.reduce((sum, { waitMs }) => sum + waitMs, 0) };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Another system, or a container that hides it; a thread may also have ended.
    return undefined;
  }
}

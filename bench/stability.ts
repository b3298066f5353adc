import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { positiveNumber, wholeNumber } from '../src/cli/options.ts';
import type { LatencyRecord } from '../src/core/latency-record.ts';
import { startLatencyProcess } from '../src/run/latency-process.ts';
import { measuresOf } from '../src/run/latency-stability.ts';
import type { Seat } from '../src/run/latency-tasks.ts';
import { identityOf } from '../src/run/plan.ts';
import { quantile } from '../src/stats/quantile.ts';
import { noiseImage, openSmallNetwork, smallNetworkEntry, smallNetworkFolder, spin } from './shared/small-network.ts';

const HELP = `node scripts/bench.mjs stability [--repetitions 40] [--seconds 3]
How often the verdict of stability says "invalid" on this machine, quiet, then with one spinning process beside, then with
one per core; and the quantities behind it, from which the limits of docs/latency.md were chosen.`;

/** Repeats the absolute latency of a small network, each time in a process of its own. */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repetitions: { type: 'string', default: '40' },
      seconds: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const repetitions = wholeNumber('--repetitions', 1)(values.repetitions);
  const seconds = positiveNumber('--seconds', 'seconds')(values.seconds);
  const folder = smallNetworkFolder();
  try {
    const seat = await seatIn(folder);
    console.log(
      `${cpus()[0]?.model}, ${cpus().length} logical cores; ${repetitions} times ${seconds} s; median, 95 %, largest`,
    );
    for (const spinners of [0, 1, cpus().length]) {
      const beside = Array.from({ length: spinners }, spin);
      try {
        const results: LatencyRecord[] = [];
        for (let i = 0; i < repetitions; i++) results.push(await measureOnce(seat, seconds));
        print(`${spinners} spinning beside`, results);
      } finally {
        for (const process of beside) process.kill();
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function seatIn(folder: string): Promise<Seat> {
  const { predictor, model, built } = await openSmallNetwork(folder);
  await predictor.close();
  return {
    entry: smallNetworkEntry(folder),
    sample: 'noise',
    image: noiseImage(1),
    cacheDirectory: folder,
    identity: identityOf(predictor.card, model?.card),
    built,
    tasks: ['segmentation', 'depth'],
    taxonomy: 'noise',
  };
}

async function measureOnce(seat: Seat, minimumSeconds: number): Promise<LatencyRecord> {
  const process = startLatencyProcess({ who: 'small', signal: new AbortController().signal });
  try {
    return await process.ask('measure', {
      seat,
      // One attempt: it is the verdict that is measured here.
      rules: { minimumSeconds, minimumCount: 64, warmupSeconds: 1, attempts: 1 },
      audit: [],
    });
  } finally {
    await process.end();
  }
}

function print(setting: string, results: readonly LatencyRecord[]): void {
  const invalid = results.filter(({ stability }) => stability?.verdict === 'invalid').length;
  const settled = results.filter(({ warmupSettled }) => warmupSettled).length;
  console.log(`${setting}: ${invalid} of ${results.length} invalid, ${settled} warm-ups settled`);
  const measures = results.map(({ samplesMs, conditions }) => measuresOf(samplesMs.total, conditions));
  for (const name of ['waiting', 'others', 'drift', 'dispersion'] as const) {
    const found = measures.flatMap((measure) => measure[name] ?? []);
    if (found.length === 0) continue;
    const shown = [0.5, 0.95, 1].map((p) => `${(100 * quantile(found, p)).toFixed(2)} %`.padStart(9));
    console.log(`  ${name.padEnd(12)}${shown.join('')}`);
  }
  const medians = results.map(({ stages }) => stages.total.medianMs);
  const times = [0, 0.5, 1].map((p) => `${quantile(medians, p).toFixed(2)} ms`.padStart(10));
  console.log(`  medians     ${times.join('')} (smallest, median, largest)`);
}

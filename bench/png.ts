import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { decode as fastDecode } from 'fast-png';
import sharp from 'sharp';
import { decodePng, encodePng } from '../src/formats/png.ts';

/** Rounds in which the decoders take turns; minima are compared, for the machine may be busy. */
const ROUNDS = 25;

/**
 * Decoding one 640x480 RGB photograph and one 16-bit depth map: ours, fast-png and sharp, ms (minimum, median).
 * Takes PNG files as arguments; without any it makes a picture as noisy as a photograph.
 */
export async function main(files: readonly string[] = process.argv.slice(2)): Promise<void> {
  const inputs = files.length
    ? files.map((file) => ({ file, bytes: readFileSync(file) }))
    : [{ file: 'made 640x480 RGB', bytes: madePhotograph() }];
  console.log(`${cpus()[0]?.model}, Node ${process.version}, ${ROUNDS} rounds, ms: minimum (median)`);
  for (const { file, bytes } of inputs) {
    const decoders: Record<string, () => unknown> = {
      densebench: () => decodePng(bytes, file),
      'fast-png': () => fastDecode(bytes),
      sharp: () => sharp(bytes).raw().toBuffer(),
    };
    const times = new Map(Object.keys(decoders).map((name) => [name, [] as number[]]));
    for (let round = 0; round < ROUNDS; round++)
      for (const [name, decode] of Object.entries(decoders)) {
        const start = performance.now();
        await decode();
        times.get(name)?.push(performance.now() - start);
      }
    console.log(file);
    for (const [name, samples] of times) {
      const sorted = samples.sort((a, b) => a - b);
      console.log(`  ${name.padEnd(12)} ${sorted[0].toFixed(2)} (${sorted[ROUNDS >> 1].toFixed(2)})`);
    }
  }
}

/** Smooth shading and noise of a few grey levels, from a fixed linear congruential sequence. */
function madePhotograph(): Uint8Array {
  const [height, width, channels] = [480, 640, 3] as const;
  const data = new Uint8Array(height * width * channels);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const row = Math.floor(i / (width * channels));
    data[i] = 90 + (row >> 3) + (((i / channels) % width) >> 4) + (state >>> 29);
  }
  return encodePng({ height, width, channels, data });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

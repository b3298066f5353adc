import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHdf5 } from '../../src/formats/hdf5.ts';
import { createHdf5 } from '../../src/formats/hdf5-write.ts';

const folder = mkdtempSync(join(tmpdir(), 'densebench-hdf5-write-'));
const frame = (n: number) => Uint8Array.from({ length: 600 }, (_, i) => Math.imul(i + 600 * n, 0x9e3779b1) >>> 24);

async function written(name: string, compress: boolean): Promise<string> {
  const path = join(folder, name);
  const file = await createHdf5(path, { matlab: false });
  const column = file.frames('maps', [20, 30], 3, { compress });
  for (let n = 0; n < 3; n++) column.append(frame(n));
  file.close();
  return path;
}

const read = async (path: string, n: number) => {
  const file = await openHdf5(path);
  try {
    return file.dataset('maps').readSlab([
      [n, n + 1],
      [0, 20],
      [0, 30],
    ]);
  } finally {
    file.close();
  }
};

describe('frames of a new file', () => {
  it.each([true, false])('come back as they were appended, one chunk each (compress: %s)', async (compress) => {
    const path = await written(`good-${compress}.h5`, compress);
    for (let n = 0; n < 3; n++) expect(await read(path, n)).toEqual(frame(n));
    const file = await openHdf5(path);
    expect(file.dataset('maps')).toMatchObject({ shape: [3, 20, 30], chunk: [1, 20, 30] });
    file.close();
  });

  it('that are not compressed show damage by their checksum, others stay readable', async () => {
    const path = await written('damaged.h5', false);
    const bytes = readFileSync(path);
    const at = bytes.indexOf(Buffer.from(frame(1).subarray(0, 40)));
    expect(at).toBeGreaterThan(0);
    bytes[at + 17] ^= 4;
    const damaged = join(folder, 'damaged-copy.h5');
    writeFileSync(damaged, bytes);
    await expect(read(damaged, 1)).rejects.toThrow(/"maps" .* is damaged/);
    expect(await read(damaged, 2)).toEqual(frame(2));
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/canonical.ts';
import { decodeCheckpoint, readCheckpoint } from '../../../src/formats/torch/index.ts';
import { needsShared, sharedPath } from '../../helpers/shared.ts';
import { canUnpackXz, unpackXz } from '../../helpers/unpack-xz.ts';

const CHECKPOINTS = ['golden', 'checkpoints'] as const;

interface Manifest {
  readonly tensors: readonly { name: string; dtype: string; shape: number[]; sha256: string }[];
  readonly files: Readonly<Record<string, { sha256: string; tensors: number }>>;
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(sharedPath(...CHECKPOINTS, `${name}.manifest.json`), 'utf8'));

/** Holds every tensor against the manifest, which PyTorch's own reader filled. */
function compare(bytes: Uint8Array, file: string, manifest: Manifest): void {
  const { tensors: count } = manifest.files[file];
  const { groups } = decodeCheckpoint(bytes, file);
  expect(groups.map(({ path }) => path)).toEqual([file.includes('.bare.') ? '' : 'state_dict']);
  const prefix = file.includes('dataparallel') ? 'module.' : '';
  const [{ tensors }] = groups;
  const wanted = manifest.tensors.filter(({ name }) => tensors.has(prefix + name));
  expect([tensors.size, wanted.length]).toEqual([count, count]);
  for (const { name, dtype, shape, sha256: digest } of wanted) {
    const tensor = tensors.get(prefix + name)!;
    expect([name, tensor.dtype, tensor.shape, sha256(tensor.bytes())]).toEqual([name, dtype, shape, digest]);
  }
}

describe.skipIf(needsShared(...CHECKPOINTS).skip)('checkpoints against PyTorch, bit for bit', () => {
  const folder = () => sharedPath(...CHECKPOINTS);
  const plain = needsShared(...CHECKPOINTS).skip
    ? []
    : readdirSync(folder()).filter((file) => /\.(ckpt|pth)$/.test(file));

  it.each(plain)('%s', (file) => {
    compare(readFileSync(join(folder(), file)), file, manifestOf(file.split('.')[0]));
  });

  const packed = needsShared(...CHECKPOINTS).skip ? [] : readdirSync(folder()).filter((file) => file.endsWith('.xz'));
  it.skipIf(!canUnpackXz()).each(packed)('%s: the same weights in three containers', (archive) => {
    const scratch = mkdtempSync(join(tmpdir(), 'densebench-checkpoints-'));
    try {
      unpackXz(join(folder(), archive), scratch);
      const files = readdirSync(scratch, { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('.ckpt'),
      );
      expect(files.length).toBe(3);
      const manifest = manifestOf(archive.split('.')[0]);
      for (const file of files) compare(readFileSync(join(scratch, file)), file.split('/').at(-1)!, manifest);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});

const TRICKY = [...CHECKPOINTS, 'tricky'] as const;

interface Corner {
  readonly dtype: string;
  readonly shape: number[];
  readonly values_row_major: (number | string | boolean)[];
}

describe.skipIf(needsShared(...TRICKY).skip)('tricky checkpoints', () => {
  const path = (file: string) => sharedPath(...TRICKY, file);

  it.each(['corners.zip.pth', 'corners.legacy.pth', 'corners.legacy_proto4.pth', 'deflated_entries.pth'])(
    '%s: views, shared storages, every type',
    async (file) => {
      const { corners } = JSON.parse(readFileSync(path('tricky.json'), 'utf8')) as { corners: Record<string, Corner> };
      const { groups } = await readCheckpoint(path(file));
      const tensors = groups.find((group) => group.path === 'state_dict')!.tensors;
      expect([...tensors.keys()].sort()).toEqual(Object.keys(corners).sort());
      for (const [name, { dtype, shape, values_row_major }] of Object.entries(corners)) {
        const tensor = tensors.get(name)!;
        expect([name, tensor.dtype, tensor.shape]).toEqual([name, dtype, shape]);
        const got = Array.from(tensor.values() as ArrayLike<number | bigint>);
        const wanted = values_row_major.map((value) => {
          if (dtype === 'int64') return BigInt(value);
          return dtype === 'float64' || dtype.startsWith('int') ? Number(value) : Math.fround(Number(value));
        });
        expect(got, name).toEqual(wanted);
      }
    },
  );

  it.each([
    ['hostile_global.pkl', /byte 22: GLOBAL posix\.getpid is not on the allow list/],
    ['hostile_global.zip.pth', /archive\/data\.pkl, byte 189: GLOBAL posix\.getpid is not on the allow list/],
    ['damaged_crc.zip.pth', /damaged: its CRC-32 is [0-9a-f]{8}, the archive says/],
    ['damaged_truncated.zip.pth', /truncated/],
    ['damaged_truncated.legacy.pth', /storage "\d+" at byte \d+: truncated: \d+ bytes are needed, \d+ are left/],
    ['empty.pth', /empty \(0 bytes\)/],
    ['not_a_checkpoint.pth', /not a PyTorch checkpoint: begins with 89 50 4e 47/],
  ])('%s is refused: %s', async (file, message) => {
    const read = async () => {
      const { groups } = await readCheckpoint(path(file));
      for (const { tensors } of groups) for (const tensor of tensors.values()) tensor.values();
    };
    await expect(read()).rejects.toThrow(message);
    await expect(read()).rejects.toMatchObject({ name: 'ResourceError' });
  });
});

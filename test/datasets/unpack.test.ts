import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResourceError } from '../../src/core/errors.ts';
import { unpack } from '../../src/datasets/unpack.ts';

interface Entry {
  name: string;
  content?: Buffer;
  /** tar: type flag. */
  type?: string;
  /** zip: Unix mode, flags, method. */
  mode?: number;
  flags?: number;
  method?: number;
  crc?: number;
}

function tar(entries: readonly Entry[], end = 1024): Buffer {
  const blocks = entries.flatMap(({ name, content = Buffer.alloc(0), type = '0' }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write(`        ${type}`, 148);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((a, b) => a + b, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(end)]));
}

function zip(entries: readonly Entry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content = Buffer.alloc(0), mode = 0o100644, flags = 0, method = 8, crc } of entries) {
    const packed = method === 8 ? deflateRawSync(content) : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc ?? crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
    const central = Buffer.alloc(14);
    central.writeUInt32LE(mode * 65536, 6);
    central.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), common, central, Buffer.from(name)]));
    files.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, ...directory, end]);
}

const LONG = Buffer.from('some text that repeats. '.repeat(5000));

describe('unpack', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'densebench-unpack-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const run = async (kind: 'zip' | 'tar.gz', bytes: Buffer, limits?: { bytes: number; entries: number }) => {
    const archive = join(directory, `archive.${kind}`);
    writeFileSync(archive, bytes);
    mkdirSync(join(directory, 'data'), { recursive: true });
    return unpack(archive, kind, join(directory, 'data'), limits);
  };
  const refused = async (kind: 'zip' | 'tar.gz', bytes: Buffer, limits?: { bytes: number; entries: number }) => {
    const error = await run(kind, bytes, limits).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ResourceError);
    expect(readdirSync(join(directory, 'data'))).toEqual([]);
    return (error as Error).message;
  };
  const text = (name: string) => readFileSync(join(directory, 'data', name), 'utf8');
  const files: Entry[] = [
    { name: './a.txt', content: Buffer.from('a') },
    { name: 'deep/er/b.txt', content: LONG },
    { name: 'empty' },
  ];

  it('unpacks what it wrote in the test: files in folders, empty ones, long ones', async () => {
    for (const [kind, bytes] of [
      ['tar.gz', tar([{ name: 'deep/', type: '5' }, ...files])],
      ['zip', zip([{ name: 'deep/', mode: 0o040755 }, ...files])],
    ] as const) {
      expect(await run(kind, bytes)).toEqual(['a.txt', 'deep/er/b.txt', 'empty']);
      expect(text('a.txt')).toBe('a');
      expect(text('deep/er/b.txt')).toBe(LONG.toString());
      expect(text('empty')).toBe('');
      rmSync(join(directory, 'data'), { recursive: true });
    }
  });

  it('unpacks what tar itself wrote, long names in both styles', async () => {
    const name = `${'folder-of-a-long-name/'.repeat(8)}${'f'.repeat(120)}.txt`;
    mkdirSync(join(directory, 'in', name, '..'), { recursive: true });
    writeFileSync(join(directory, 'in', name), LONG);
    for (const format of ['gnu', 'pax', 'ustar']) {
      const archive = join(directory, `${format}.tgz`);
      const shorter = format === 'ustar' ? '--transform=s/f\\{120\\}/f/' : '--transform=s/^$//';
      execFileSync('tar', ['czf', archive, `--format=${format}`, shorter, '-C', join(directory, 'in'), '.']);
      const names = await run('tar.gz', readFileSync(archive));
      expect(names).toHaveLength(1);
      expect(text(names[0])).toBe(LONG.toString());
      if (format !== 'ustar') expect(names).toEqual([name]);
      rmSync(join(directory, 'data'), { recursive: true });
    }
  });

  it('refuses entries that lead out, links, devices and repeated names', async () => {
    for (const name of ['../evil', '/evil', 'a/../../evil', 'a\\..\\..\\evil', 'C:\\evil', '']) {
      expect(await refused('tar.gz', tar([{ name, content: LONG }]))).toMatch(/leads out of the folder/);
      if (name) expect(await refused('zip', zip([{ name, content: LONG }]))).toMatch(/leads out of the folder/);
    }
    expect(existsSync(join(directory, 'evil'))).toBe(false);
    for (const type of ['1', '2']) expect(await refused('tar.gz', tar([{ name: 'l', type }]))).toMatch(/l is a link/);
    expect(await refused('tar.gz', tar([{ name: 'd', type: '3' }]))).toMatch(/of type "3"/);
    expect(await refused('zip', zip([{ name: 'l', mode: 0o120777 }]))).toMatch(/l is a link or device/);
    const twice = [{ name: 'a' }, { name: 'a' }];
    expect(await refused('tar.gz', tar(twice))).toMatch(/EEXIST/);
    expect(await refused('zip', zip(twice))).toMatch(/EEXIST/);
  });

  it('refuses archives above the limits before the disk is full of them', async () => {
    const bomb = [{ name: 'zeros', content: Buffer.alloc(5_000_000) }];
    for (const [kind, bytes] of [['tar.gz', tar(bomb)] as const, ['zip', zip(bomb)] as const])
      expect(await refused(kind, bytes, { bytes: 1e6, entries: 10 })).toMatch(/more than 1000000 bytes/);
    expect(await refused('zip', zip(files), { bytes: 1e6, entries: 2 })).toMatch(/or 2 files/);
  });

  it('refuses what is damaged', async () => {
    const good = { 'tar.gz': tar(files), zip: zip(files) } as const;
    for (const kind of ['tar.gz', 'zip'] as const) {
      for (const length of [0, 10, 100, Math.floor(good[kind].length / 2), good[kind].length - 1])
        expect(await refused(kind, good[kind].subarray(0, length))).toMatch(/archive\.(tar\.gz|zip)/);
      expect(await refused(kind, Buffer.from('neither one nor the other'.repeat(99)))).toMatch(/archive/);
    }
    expect(await refused('tar.gz', tar(files, 0))).toMatch(/truncated tar archive/);
    expect(await refused('zip', zip([{ name: 'a', content: LONG, crc: 1 }]))).toMatch(/checksum is wrong/);
    expect(await refused('zip', zip([{ name: 'a', content: LONG, flags: 1 }]))).toMatch(/encrypted/);
    expect(await refused('zip', zip([{ name: 'a', content: LONG, method: 12 }]))).toMatch(/method 12/);
  });

  it('throws nothing but ResourceErrors on mutated archives', async () => {
    let state = 12345;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state % below;
    };
    for (const kind of ['zip', 'tar.gz'] as const) {
      const good = kind === 'zip' ? zip(files) : tar(files);
      for (let round = 0; round < 80; round++) {
        const bytes = Buffer.from(good);
        for (let i = 0; i <= random(4); i++) bytes[random(bytes.length)] = random(256);
        try {
          await run(kind, bytes, { bytes: 1e7, entries: 100 });
        } catch (error) {
          expect(error).toBeInstanceOf(ResourceError);
        }
        rmSync(join(directory, 'data'), { recursive: true, force: true });
        expect(readdirSync(directory).filter((name) => !name.startsWith('archive'))).toEqual([]);
      }
    }
  });
});

import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { Journal, type TallyLine } from '../../src/run/journal.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  path = join(folder, 'journal.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const tally = (sample: string, sum = 0.1): TallyLine => ({
  kind: 'tally',
  entry: 'net',
  sample,
  truth: { depth: 'abc' },
  tallies: { authors: { depth: { sum, count: 3 } } },
});
const write = (...samples: string[]) => {
  const journal = Journal.open(path, 'plan-1');
  for (const sample of samples) journal.append(tally(sample));
  journal.close();
};
const readBack = (samples: string[]) => {
  const journal = Journal.open(path, 'plan-1');
  const lines = [...journal.tallies('net', samples)];
  journal.close();
  return lines.map((line) => line.sample);
};

describe('journal', () => {
  it('gives tallies back in image order, whatever order they were written in', () => {
    write('c', 'a', 'b');
    expect(readBack(['a', 'b', 'c', 'd'])).toEqual(['a', 'b', 'c']);
  });

  it('keeps float64 sums to the last digit', () => {
    const journal = Journal.open(path, 'plan-1');
    journal.append(tally('a', 0.1 + 0.2));
    const [line] = journal.tallies('net', ['a']);
    expect(line.tallies.authors.depth).toEqual({ sum: 0.30000000000000004, count: 3 });
    journal.close();
  });

  it.each([1, 5, 40, 100])('cuts off a last line that was torn %i bytes before its end, and goes on', (bytes) => {
    write('a', 'b');
    truncateSync(path, readFileSync(path).length - bytes);
    expect(readBack(['a', 'b'])).toEqual(['a']);
    write('b');
    expect(readBack(['a', 'b'])).toEqual(['a', 'b']);
  });

  it('cuts off a torn tail that ends in a newline but fails its checksum', () => {
    write('a');
    appendFileSync(path, '{"sha":"00","line":{"kind":"tally"}}\n');
    expect(readBack(['a'])).toEqual(['a']);
  });

  it('starts over when killed before its first line was whole', () => {
    writeFileSync(path, '{"sha":"12');
    write('a');
    expect(readBack(['a'])).toEqual(['a']);
  });

  it('refuses damage before the last line, naming the line', () => {
    write('a', 'b');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"sample":"a"', '"sample":"x"'));
    expect(() => Journal.open(path, 'plan-1')).toThrow(ResourceError);
    expect(() => Journal.open(path, 'plan-1')).toThrow(/journal\.jsonl:2: .*checksum/);
  });

  it('refuses a journal of another plan', () => {
    write('a');
    expect(() => Journal.open(path, 'plan-2')).toThrow(UsageError);
  });

  it('takes equal duplicates for one and refuses unequal ones', () => {
    write('a');
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    appendFileSync(path, `${lines[1]}\n`);
    expect(readBack(['a'])).toEqual(['a']);
    const journal = Journal.open(path, 'plan-1');
    expect(() => journal.append(tally('a', 0.7))).toThrow(/tallied twice with different results/);
    journal.close();
  });

  it('forgets a failure once the image succeeds', () => {
    const journal = Journal.open(path, 'plan-1');
    journal.append({ kind: 'failure', entry: 'net', sample: 'a', message: 'torn file' });
    expect(journal.failures()).toHaveLength(1);
    expect(journal.isTallied('net', 'a')).toBe(false);
    journal.append(tally('a'));
    expect(journal.failures()).toHaveLength(0);
    journal.close();
    const again = Journal.open(path, 'plan-1');
    expect(again.failures()).toHaveLength(0);
    again.close();
  });

  it('says what to do when the disk is full, and what was written before stays valid', () => {
    let room = 600;
    const system = {
      write(fd: number, bytes: Uint8Array, position: number) {
        // As the system does it: part of the line fits, then there is no room.
        const count = Math.min(room, bytes.length);
        if (count === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        room -= count;
        return writeSync(fd, bytes, 0, count, position);
      },
      sync() {},
    };
    const journal = Journal.open(path, 'plan-1', system);
    let written = 0;
    expect(() => {
      for (; written < 100; written++) journal.append(tally(String(written)));
    }).toThrow(/no space left on device.*--resume/);
    journal.close();
    const samples = Array.from({ length: 100 }, (_, i) => String(i));
    expect(readBack(samples)).toEqual(samples.slice(0, written));
    expect(written).toBeGreaterThan(0);
  });
});

import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ResourceError, UsageError } from '../../src/core/errors.ts';
import { lockDirectory } from '../../src/run/lock.ts';

const fresh = () => mkdtempSync(join(tmpdir(), 'lock-'));

it('lets one run in, and the next after it', () => {
  const folder = fresh();
  const unlock = lockDirectory(folder);
  expect(() => lockDirectory(folder)).toThrow(UsageError);
  expect(() => lockDirectory(folder)).toThrow(new RegExp(`process ${process.pid}`));
  unlock();
  lockDirectory(folder)();
  expect(readdirSync(folder)).toEqual([]);
});

it('takes over the lock of a process that died on this machine', () => {
  const folder = fresh();
  // Above the largest process id that Linux gives.
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
  lockDirectory(folder)();
});

it('respects a lock of another machine, whose processes cannot be seen', () => {
  const folder = fresh();
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 1, host: 'somewhere-else' }));
  expect(() => lockDirectory(folder)).toThrow(/somewhere-else/);
});

it('takes over a lock that names nobody, as a crash leaves it', () => {
  for (const torn of ['', '{"pid":', 'null', '0']) {
    const folder = fresh();
    writeFileSync(join(folder, 'lock'), torn);
    lockDirectory(folder)();
    expect(readdirSync(folder)).toEqual([]);
  }
});

it('says that a folder cannot be written', () => {
  expect(() => lockDirectory(join(fresh(), 'missing'))).toThrow(ResourceError);
});

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
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

it('lets one in of many that find a dead lock at the same moment', async () => {
  const folder = fresh();
  const module = join(folder, 'lock.mjs');
  await build({
    entryPoints: ['src/formats/lock.ts'],
    outfile: module,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const [rounds, racers] = [80, 6];
  for (let round = 0; round < rounds; round++)
    // Dead processes of all kinds: one that left its name, one that left nothing.
    writeFileSync(join(folder, `r${round}`), round % 2 ? '' : JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
  const script = join(folder, 'race.mjs');
  writeFileSync(
    script,
    `import { takeLock } from './lock.mjs';
     const [folder, rounds] = process.argv.slice(2);
     process.stdout.write('ready ');
     const start = await new Promise((resolve) => process.stdin.once('data', resolve));
     const refused = new Error('held');
     let won = '';
     for (let round = 0; round < rounds; round++) {
       while (Date.now() < Number(start) + 10 * round);
       try {
         takeLock(folder + '/r' + round, { held: () => refused, unwritable: (error) => error });
         won += round + ' ';
       } catch (error) {
         if (error !== refused) throw error;
       }
     }
     // A process that ended would leave dead locks: all stay until all have raced.
     process.stdout.write(won + 'done');
     process.stdin.resume();`,
  );
  const children = Array.from({ length: racers }, () =>
    spawn(process.execPath, [script, folder, String(rounds)], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  /** What a racer says, up to `end`. */
  const said = (child: (typeof children)[number], end: string) =>
    new Promise<string>((resolve, reject) => {
      let text = '';
      const take = (chunk: Buffer) => {
        text += chunk;
        if (!text.endsWith(end)) return;
        child.stdout.off('data', take);
        resolve(text.slice(0, -end.length));
      };
      child.stdout.on('data', take);
      child.once('exit', (code) => reject(new Error(`a racer ended with ${code}`)));
    });
  await Promise.all(children.map((child) => said(child, 'ready ')));
  const start = String(Date.now() + 50);
  for (const child of children) child.stdin.write(start);
  const wins = (await Promise.all(children.map((child) => said(child, 'done')))).map((text) =>
    text.split(' ').slice(0, -1),
  );
  for (const child of children) child.stdin.end();
  expect(
    wins
      .flat()
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: rounds }, (_, round) => round));
  expect(wins.filter((own) => own.length > 0).length).toBeGreaterThan(1);
  // Nothing is left beside the locks.
  expect(readdirSync(folder)).toHaveLength(rounds + 2);
});

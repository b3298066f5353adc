import { expect, it } from 'vitest';
import { InterruptedError } from '../../src/core/errors.ts';
import { dataProgress } from '../../src/run/data-progress.ts';
import { progressTo } from '../../src/run/progress.ts';

function recorded(isTTY: boolean) {
  let text = '';
  let nowMs = 0;
  const output = { isTTY, write: (part: string) => (text += part) };
  return { progress: progressTo(output, () => nowMs), advance: (ms: number) => (nowMs += ms), text: () => text };
}

it('prints plain lines in a log, at most one in five seconds, with rate and time left', () => {
  const { progress, advance, text } = recorded(false);
  progress.start('net', 100);
  for (let done = 1; done <= 20; done++) {
    advance(500);
    progress.update(done);
  }
  progress.end();
  expect(text().trim().split('\n')).toEqual([
    'net: 0/100',
    'net: 10/100, 2.0/s, 45 s left',
    'net: 20/100, 2.0/s, 40 s left',
    'net: 20/100, 2.0/s, 40 s left',
  ]);
});

it('rewrites one line on a terminal', () => {
  const { progress, advance, text } = recorded(true);
  progress.start('net', 2);
  advance(1000);
  progress.update(1);
  advance(1000);
  progress.update(2);
  progress.end();
  expect(text().split('\r\x1b[K').slice(1)).toEqual(['net: 0/2', 'net: 1/2, 1.0/s, 1 s left', 'net: 2/2, 1.0/s\n']);
});

it('puts a note on a line of its own, on a terminal too', () => {
  const { progress, text } = recorded(true);
  progress.start('net', 2);
  progress.note('a note');
  expect(text()).toBe('\r\x1b[Knet: 0/2\r\x1b[Ka note\n');
});

it('tells how far sample data are made, and stops there after a Ctrl-C', () => {
  const { progress, text } = recorded(false);
  const controller = new AbortController();
  const made = dataProgress({ progress, signal: controller.signal });
  expect(text()).toBe('');
  for (let done = 0; done <= 2; done++) made(done, 2);
  expect(
    text()
      .match(/^making the sample data, once: ./gm)
      ?.map((line) => line.at(-1)),
  ).toEqual(['0', '2']);
  controller.abort();
  expect(() => made(0, 2)).toThrow(InterruptedError);
});

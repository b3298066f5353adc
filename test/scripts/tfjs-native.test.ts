import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { needsTfjsNode } from '../helpers/tfjs-node.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/tfjs-native.mjs', import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });

describe('scripts/tfjs-native.mjs', () => {
  it.each([
    ['an unknown flag', ['--librray', 'x'], /Unknown option '--librray'[\s\S]*--library PATH/],
    ['a time that is none', ['--seconds', 'soon'], /--seconds soon: a number above 0/],
    [
      'a library that is not there',
      ['--library', '/no/such/file.tar.gz'],
      /\/no\/such\/file\.tar\.gz: there is no such/,
    ],
  ] as [string, string[], RegExp][])('refuses %s as usage', (_, args, message) => {
    const { status, stderr, stdout } = run(...args);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it.skipIf(needsTfjsNode().skip)('leaves what works as it is', () => {
    const { status, stdout, stderr } = run();
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^tfjs-native: @tensorflow\/tfjs-node works here: TensorFlow 2\.\d+\.\d+\n$/);
    expect(status).toBe(0);
  });
});

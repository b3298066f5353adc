import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { PACKAGE_ROOT } from '../../src/core/package-root.ts';

/** Files of a folder of the repository, at any depth, by their path from its root. */
const filesIn = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => join(folder, name));

const textOf = (file: string) => readFileSync(join(PACKAGE_ROOT, file), 'utf8');
const missing = (paths: readonly string[]) => paths.filter((path) => !existsSync(join(PACKAGE_ROOT, path)));

const SOURCES = [...filesIn('src', /\.ts$/), ...filesIn('bench', /\.ts$/), ...filesIn('scripts', /\.mjs$/)];
const PAGES = ['README.md', 'CHANGELOG.md', ...filesIn('docs', /\.md$/)];

describe('documentation', () => {
  // Every --help is a text of the sources.
  it('has each page that sources and pages name', () => {
    const named = [...SOURCES, ...PAGES].flatMap((file) =>
      [...textOf(file).matchAll(/(?<![\w/.-])docs\/[\w./-]*\.md/g)].map(([page]) => ({ file, page })),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ page }) => missing([page]).length > 0)).toEqual([]);
  });

  it.each(PAGES)('%s links to files that there are', (page) => {
    const links = [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, link]) => link);
    expect(missing(links.map((link) => join(dirname(page), link)))).toEqual([]);
  });

  it('numbers the decisions without gap or double', () => {
    const numbers = filesIn('docs/decisions', /\.md$/).map((file) => Number(/(\d{4})-/.exec(file)?.[1]));
    expect(numbers.sort((a, b) => a - b)).toEqual(numbers.map((_, i) => i + 1));
  });

  it('lists in README every command, in the order of --help', () => {
    const [, list] = /## Commands\n\n([^;]*);/.exec(textOf('README.md')) ?? [];
    expect([...list.matchAll(/`([a-z]+)`/g)].map(([, name]) => name)).toEqual(Object.keys(COMMANDS));
  });
});

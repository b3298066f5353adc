import { Command, type CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';

/** A program as main.ts makes it, with one command in it; its output is kept. */
async function programWith(name: string): Promise<{ program: Command; output: string[] }> {
  const output: string[] = [];
  const keep = (text: string) => void output.push(text);
  const program = new Command('densebench').exitOverride().configureOutput({ writeOut: keep, writeErr: keep });
  (await COMMANDS[name].load())(program);
  return { program, output };
}

/** A command and all below it, by the words that call them. */
const withSubcommands = (
  command: Command,
  words: readonly string[],
): { command: Command; words: readonly string[] }[] => [
  { command, words },
  ...command.commands.flatMap((sub) => withSubcommands(sub, [...words, sub.name()])),
];

describe.each(Object.keys(COMMANDS))('densebench %s', (name) => {
  it('--help answers 0, with usage, description and examples; so does every command below it', async () => {
    const { program } = await programWith(name);
    expect(program.commands.map((command) => command.name())).toEqual([name]);
    for (const { words } of withSubcommands(program.commands[0], [name])) {
      const { program: fresh, output } = await programWith(name);
      const ended = await fresh.parseAsync([...words, '--help'], { from: 'user' }).catch((error: unknown) => error);
      expect((ended as CommanderError).exitCode, words.join(' ')).toBe(0);
      expect(output.join('')).toMatch(new RegExp(`^Usage: densebench ${words.join(' ')} .*\n\n\\S`));
    }
    const help: string[] = [];
    program.commands[0].configureOutput({ writeOut: (text) => void help.push(text) }).outputHelp();
    expect(help.join('')).toMatch(/\nExamples?\b.*:\n {2}densebench /);
  });

  it('has words for each of its options and arguments', async () => {
    const { program } = await programWith(name);
    for (const { command, words } of withSubcommands(program.commands[0], [name])) {
      const nameless = [...command.options, ...command.registeredArguments].filter(({ description }) => !description);
      expect(nameless, words.join(' ')).toEqual([]);
    }
  });
});

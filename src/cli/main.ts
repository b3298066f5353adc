import { Command, CommanderError } from 'commander';
import { DensebenchError, messageOf } from '../core/errors.ts';
import { unknownName } from '../core/nearest.ts';
import { COMMANDS } from './commands.ts';
import { version } from './version.ts';

const EXAMPLES = `
Examples:
  densebench run nyud                        the main table, on sample data where NYUDv2 is not there
  densebench run nyud --data /data/nyudv2    on the real data
  densebench score --task depth --prediction pred/ --target truth/ --protocol eigen-nyu
  densebench report latest --format latex
  densebench doctor latest                   why two numbers differ

Exit codes: 0 fine, 1 a gate failed, 2 usage or configuration, 3 data, model or backend missing or damaged,
4 measurement invalid, 5 finished but some samples failed, 70 a bug of ours, 130 interrupted.`;

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('densebench')
    .description('Evaluates networks that predict semantic segmentation, depth and surface normals from one image.')
    .version(version())
    .showHelpAfterError('(add --help for what is possible)')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  const name = args.find((arg) => !arg.startsWith('-'));
  const chosen = name === undefined ? undefined : COMMANDS[name];
  if (chosen) (await chosen.load())(program);
  else for (const [command, { summary }] of Object.entries(COMMANDS)) program.command(command).description(summary);
  if (name === undefined && !args.some((arg) => ['-h', '--help', '-V', '--version'].includes(arg))) {
    program.outputHelp({ error: true });
    process.exitCode = 2;
    return;
  }
  if (name !== undefined && name !== 'help' && !chosen) {
    console.error(`densebench: ${unknownName('command', name, Object.keys(COMMANDS))}`);
    process.exitCode = 2;
    return;
  }
  await program.parseAsync(args, { from: 'user' });
}

/** Expected errors print one line; anything else is a bug of ours and says so. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof DensebenchError) {
    console.error(`densebench: ${error.message}`);
    return error.exitCode;
  }
  console.error(
    `densebench: internal error: ${messageOf(error)}\nThis is a bug of densebench; please report it with the command you ran.`,
  );
  if (process.env.DENSEBENCH_DEBUG) console.error(error);
  return 70;
}

// A reader that stops early (| head) is not an error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
}

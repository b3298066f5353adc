import Table from 'cli-table3';
import type { Command } from 'commander';
import { ResourceError } from '../core/errors.ts';
import { isSampleCard } from '../datasets/card.ts';
import { fetchData, filesToFetch } from '../datasets/fetch.ts';
import { cardIds, findCard } from '../datasets/find-card.ts';
import { locate } from '../datasets/locate.ts';
import { type DataStatus, dataStatus } from '../datasets/status.ts';
import { type SplitCheck, type Verification, verifyData } from '../datasets/verify.ts';
import { acceptLicence } from './accept-licence.ts';
import { downloadProgress } from './download-progress.ts';

interface DataOptions {
  readonly data?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly offline?: boolean;
}

const DATA_OPTION = ['--data <dir>', "the data set's folder, or a folder that holds <id>"] as const;
const CARD_ARGUMENT = 'id of a data set card (datasets/<id>.yaml), or a path to one';

export function registerData(program: Command): void {
  const data = program
    .command('data')
    .description('Finds, verifies and fetches data sets.')
    .addHelpText(
      'after',
      '\nData are looked for at --data, then in $DENSEBENCH_DATA/<id>, then in the cache.\n\n' +
        'Examples:\n  densebench data status\n  densebench data fetch nyudv2\n  densebench data verify nyudv2 --data /data/nyudv2',
    );
  data
    .command('status')
    .description('Says where each data set is looked for and what is missing.')
    .argument('[id]', CARD_ARGUMENT)
    .option(...DATA_OPTION)
    .option('--json', 'print JSON')
    .action((id: string | undefined, options: DataOptions) => showStatus(id, options));
  data
    .command('verify')
    .description('Checks sizes and checksums, opens every split and reads a sample of each.')
    .argument('<id>', CARD_ARGUMENT)
    .option(...DATA_OPTION)
    .option('--json', 'print JSON')
    .action((id: string, options: DataOptions) => verify(id, options));
  data
    .command('fetch')
    .description('Downloads a data set, or makes a procedural one. A download that was cut off goes on where it ended.')
    .argument('<id>', CARD_ARGUMENT)
    .option(...DATA_OPTION)
    .option('--yes', 'accept the licence')
    .option('--offline', 'download nothing')
    .action((id: string, options: DataOptions) => fetchCommand(id, options));
}

function showStatus(id: string | undefined, { data, json }: DataOptions): void {
  const all = (id === undefined ? cardIds() : [id]).map((one) => dataStatus(findCard(one), { dataDir: data }));
  process.stdout.write(json ? `${JSON.stringify(all, null, 1)}\n` : `${all.map(statusText).join('\n\n')}\n`);
}

function statusText(status: DataStatus): string {
  const { id, title, licence, complete, generated, downloads, directory, found, missing, lookedIn } = status;
  const state = complete
    ? `complete in ${directory}`
    : generated
      ? 'not made yet'
      : found.length
        ? 'incomplete'
        : 'not here';
  const lines = [`${id}: ${title}`, `  ${state}`, `  licence: ${licence}`];
  for (const { path, bytes } of found)
    lines.push(`  found    ${path}${bytes === undefined ? '' : ` (${megabytes(bytes)})`}`);
  for (const path of missing) lines.push(`  missing  ${path}`);
  for (const folder of lookedIn) lines.push(`  looked in ${folder}`);
  if (!complete)
    lines.push(
      generated || downloads
        ? `  get it with: densebench data fetch ${id}`
        : `  no download is named: bring its files to ${directory} (docs/data.md)`,
    );
  return lines.join('\n');
}

async function verify(id: string, { data, json }: DataOptions): Promise<void> {
  const card = findCard(id);
  const { directory, found, lookedIn } = locate(card, { dataDir: data });
  if (found.length === 0)
    throw new ResourceError(
      `data set ${card.id}: nothing of it is there (looked in ${lookedIn.join(', ')}); get it with "densebench data fetch ${id}"`,
    );
  const note = (name: string) => process.stderr.write(`checking ${name}\n`);
  const result = await verifyData(card, directory, json ? undefined : note);
  process.stdout.write(json ? `${JSON.stringify(result, null, 1)}\n` : verificationText(result));
  if (!result.ok) throw new ResourceError(`data set ${card.id} in ${directory} is not in order: ${problemsOf(result)}`);
}

function problemsOf({ files, splits }: Verification): string {
  const bad = files.filter(({ status }) => ['missing', 'wrong size', 'wrong checksum'].includes(status));
  return [
    ...bad.map(({ name, status, expected }) => `${name}: ${status}${expected ? ` (expected ${expected})` : ''}`),
    ...splits.flatMap(({ split, problem }) => (problem ? [`${split}: ${problem}`] : [])),
  ].join('; ');
}

function verificationText({ id, directory, files, splits }: Verification): string {
  const style = { head: [], border: [] };
  const checked = new Table({ head: ['file', 'state', 'size', 'SHA-256'], style });
  for (const { name, status, bytes, sha256 } of files)
    checked.push([name, status, bytes === undefined ? '' : megabytes(bytes), sha256 ?? '']);
  const opened = new Table({ head: ['split', 'samples', 'size', 'tasks'], style });
  for (const check of splits)
    opened.push([check.split, samplesText(check), check.size ?? '', check.problem ?? check.tasks?.join(', ') ?? '']);
  return `${id} in ${directory}\n${checked.toString()}\n${opened.toString()}\n`;
}

/** "652", "24 (published: 697)", "652 (45 more have no truth)" */
function samplesText({ samples, officialCount, leftOut }: SplitCheck): string {
  const notes = [
    ...(officialCount !== undefined && officialCount !== samples ? [`published: ${officialCount}`] : []),
    ...(leftOut ? [`${leftOut} more have no truth`] : []),
  ];
  return `${samples ?? ''}${samples !== undefined && notes.length ? ` (${notes.join('; ')})` : ''}`;
}

async function fetchCommand(id: string, { data, yes, offline }: DataOptions): Promise<void> {
  const card = findCard(id);
  const options = { dataDir: data, offline };
  if (!isSampleCard(card) && !offline && filesToFetch(card, options).length)
    await acceptLicence(card, `densebench data fetch ${id}`, yes === true);
  const { directory } = await fetchData(card, {
    ...options,
    ...downloadProgress(isSampleCard(card) ? 'frames' : 'MB'),
  });
  process.stdout.write(`${card.id} is complete in ${directory}\n`);
}

const megabytes = (bytes: number) => (bytes < 1e5 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`);

import { existsSync } from 'node:fs';
import { findCheckpointCard } from '../checkpoints/card.ts';
import { checkpointPath, fetchCheckpoint } from '../checkpoints/fetch.ts';
import { acceptLicence } from './accept-licence.ts';
import { downloadProgress } from './download-progress.ts';

export async function fetchModel(id: string, { yes, offline }: { yes?: boolean; offline?: boolean }): Promise<void> {
  const card = findCheckpointCard(id);
  if (!offline && !existsSync(checkpointPath(card)))
    await acceptLicence(card, `densebench models fetch ${id}`, yes === true);
  const { onNote, onProgress } = downloadProgress('MB');
  const { path, sha256, state } = await fetchCheckpoint(card, {
    offline,
    onNote,
    onProgress: (done, total) => onProgress(card.file, done, total ?? card.bytes),
  });
  const checked = {
    there: 'was there already',
    checked: 'as it was published or pinned',
    pinned: 'pinned: no checksum is published',
  }[state];
  process.stdout.write(
    `${path}\nSHA-256 ${sha256} (${checked})\nimport it with: densebench models import ${id} -o models/${id}.onnx\n`,
  );
}

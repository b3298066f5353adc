import { parentPort } from 'node:worker_threads';
import { type FrameJob, renderStored } from './stored-frame.ts';

const port = parentPort!;
port.on('message', (job: FrameJob) => {
  const frame = renderStored(job);
  const { image, labels, annotated, scan, normals, depths } = frame;
  port.postMessage(
    frame,
    [image, labels, annotated, scan, normals, depths].map((array) => array.buffer as ArrayBuffer),
  );
});

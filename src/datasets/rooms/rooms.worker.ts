import { parentPort } from 'node:worker_threads';
import { type FrameJob, renderStored } from './stored-frame.ts';

const port = parentPort!;
port.on('message', (job: FrameJob) => {
  const frame = renderStored(job);
  const { images, depths, rawDepths, labels, instances, normals } = frame;
  port.postMessage(
    frame,
    [images, depths, rawDepths, labels, instances, normals].map((array) => array.buffer as ArrayBuffer),
  );
});

import { parentPort } from 'node:worker_threads';

/** What a worker of `renderAll` does: renders the jobs it is sent and gives the frames away, their arrays uncopied. */
export function serveFrames<Job, Frame extends object>(render: (job: Job) => Frame): void {
  const port = parentPort!;
  port.on('message', (job: Job) => {
    const frame = render(job);
    const arrays = Object.values(frame).filter((value) => ArrayBuffer.isView(value));
    port.postMessage(
      frame,
      arrays.map((array) => array.buffer as ArrayBuffer),
    );
  });
}

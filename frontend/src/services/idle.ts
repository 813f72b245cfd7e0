/** How long of a frame small jobs may take together. */
const SLICE_MS = 6;

const jobs: (() => void)[] = [];
let planned = false;

/** Do small jobs in their order, a few milliseconds in each frame, after what the frame is for. */
export function whenIdle(job: () => void): void {
  jobs.push(job);
  plan();
}

function plan(): void {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => setTimeout(work));
}

function work(): void {
  planned = false;
  const start = performance.now();
  try {
    while (jobs.length > 0 && performance.now() - start < SLICE_MS) jobs.shift()?.();
  } finally {
    if (jobs.length > 0) plan();
  }
}

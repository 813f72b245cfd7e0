/** A flush that costs less than this is done in every frame; it leaves a frame's other half to everything else. */
const CHEAP_MS = 8;
/** How many times its cost a dear flush lets pass before the next. */
const REST_FACTOR = 3;
const REST_MAX_MS = 250;
/** Nobody looks: now and then is enough. */
const HIDDEN_MS = 250;

/** Return how long to wait before a flush, if flushes cost this much lately. */
export function restAfter(costMs: number): number {
  return costMs <= CHEAP_MS ? 0 : Math.min(REST_MAX_MS, costMs * REST_FACTOR);
}

/** Says when to show what has come: in every frame while that is cheap, less often when it is not. */
export class FlushPace {
  private costMs = 0;

  /** Flush at the next good moment. */
  plan(flush: () => void): void {
    if (document.hidden) {
      setTimeout(flush, HIDDEN_MS);
      return;
    }
    const rest = restAfter(this.costMs);
    const frame = (): void => void requestAnimationFrame(() => this.run(flush));
    if (rest > 0) setTimeout(frame, rest);
    else frame();
  }

  /** The cost is the time until the frame is done, layout and paint included; one outlier does not decide. */
  private run(flush: () => void): void {
    const start = performance.now();
    flush();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      this.costMs = (this.costMs + performance.now() - start) / 2;
      port1.close();
    };
    port2.postMessage(null);
  }
}

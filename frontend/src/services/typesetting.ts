import { whenIdle } from './idle';

/** Limits for formulas that a model wrote: how large a rule may be, how often a macro may unfold. */
const OPTIONS = { throwOnError: false, trust: false, strict: 'ignore', maxSize: 20, maxExpand: 200 } as const;

let setter: Promise<typeof import('./katex')> | undefined;

/**
 * Set a formula inside an element, when there is time; the typesetter is loaded for the first one. Returns a way to
 * want it no more.
 */
export function typeset(
  place: HTMLElement,
  tex: string,
  displayMode: boolean,
  onSet: () => void,
): () => void {
  let wanted = true;
  setter ??= import('./katex');
  void setter.then(({ render }) =>
    whenIdle(() => {
      if (!wanted) return;
      render(tex, place, { ...OPTIONS, displayMode });
      onSet();
    }),
  );
  return () => {
    wanted = false;
  };
}

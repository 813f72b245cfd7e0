import { keepAttachments } from '@/stores/useComposerStore';
import { useConnectionStore } from '@/stores/useConnectionStore';

/** The build that this page is of; null where it is not built (in development). */
export function ownBuild(): string | null {
  return document.querySelector<HTMLMetaElement>('meta[name="latent-build"]')?.content ?? null;
}

/** The server told which web client it has: note whether this page is another. */
export function noteBuild(served: string | null | undefined): void {
  const own = ownBuild();
  useConnectionStore.setState({ isOutdated: Boolean(own && served && own !== served) });
}

/** Load the page anew. Texts and storyboards are kept as they are written; what lies beside them is kept now. */
export function reloadPage(): void {
  keepAttachments();
  location.reload();
}

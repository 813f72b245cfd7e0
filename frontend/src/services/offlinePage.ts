/** Let the browser keep the page that says that the network is gone; it keeps nothing else of ours. */
export async function keepOfflinePage(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('/sw.js');
  } catch {
    // Private windows and strict settings refuse: then the browser's own page is shown offline.
  }
}

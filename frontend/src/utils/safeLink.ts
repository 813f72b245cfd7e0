const PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);

/** Return an address that a text may link to, or null: only the web and mail, and only absolute addresses. */
export function safeLink(href: string): string | null {
  try {
    const url = new URL(href);
    return PROTOCOLS.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);

/** Return an address that a text may link to, or null: only the web and mail, and only absolute addresses. */
export function safeLink(href: string): string | null {
  try {
    const url = new URL(encodeURI(href).replaceAll('%25', '%'));
    return PROTOCOLS.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const OWN_PICTURE = /^\/api\/assets\/[0-9a-f-]{36}\/(?:content|thumbnail|poster)$/;

/** Whether an address is that of a file in the user's own store: the only pictures that a text may show. */
export function isOwnPicture(href: string): boolean {
  return OWN_PICTURE.test(href);
}

const HEADINGS: Record<string, string> = { h1: 'h2', h2: 'h3', h3: 'h4', h4: 'h4', h5: 'h4', h6: 'h4' };
const INLINE = new Set(['a', 'br', 'code', 'del', 'em', 'input', 'strong']);

/** Return what a document says, without what our elements or a specification's add for their own sake. */
export function plainHtml(html: string, ours: boolean): string {
  const body = document.createElement('div');
  body.innerHTML = html;
  return plainChildren(body, ours, false).trim();
}

function plainChildren(parent: Node, ours: boolean, verbatim: boolean): string {
  const parts = [...parent.childNodes].map((node) => plain(node, ours, verbatim));
  return verbatim
    ? parts.join('')
    : parts
        .join('')
        .replace(/\s+/g, ' ')
        .replace(/\s*(<\/?(?:p|li|ul|ol|pre|h\d|hr|blockquote|table|thead|tbody|tr|t[hd])[ >])\s*/g, '$1')
        .replace(/\s*(<br>|<input[^>]*>)\s*/g, '$1');
}

function plain(node: Node, ours: boolean, verbatim: boolean): string {
  if (node.nodeType === Node.TEXT_NODE) return escapeText(node.textContent ?? '', verbatim);
  if (!(node instanceof HTMLElement)) return '';
  const tag = node.tagName.toLowerCase();
  if (ours && tag === 'figure')
    return node.querySelector('pre')?.outerHTML ? plain(node.querySelector('pre') as Node, ours, false) : '';
  if (tag === 'div' || tag === 'section' || tag === 'span') return plainChildren(node, ours, verbatim);
  if (tag === 'pre')
    return `<pre>${escapeText((ours ? node.textContent : node.textContent?.replace(/\n$/, '')) ?? '', true)}</pre>`;
  const name = ours ? tag : (HEADINGS[tag] ?? tag);
  const inside = plainChildren(node, ours, verbatim);
  const text = INLINE.has(name) ? inside : inside.trim();
  return `<${name}${attributes(node, tag)}>${text}${['br', 'hr', 'input'].includes(name) ? '' : `</${name}>`}`;
}

function attributes(element: HTMLElement, tag: string): string {
  if (tag === 'a') return ` href=${(element as HTMLAnchorElement).href}`;
  if (tag === 'ol') return ` start=${(element as HTMLOListElement).start}`;
  if (tag === 'input') return (element as HTMLInputElement).checked ? ' checked' : '';
  if (tag !== 'th' && tag !== 'td') return '';
  const align = element.getAttribute('align') ?? element.style.textAlign;
  return align ? ` ${align}` : '';
}

function escapeText(text: string, verbatim: boolean): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return verbatim ? safe.replace(/[ \n\t]/g, (blank) => `&#${blank.charCodeAt(0)};`) : safe;
}

const TITLE_WIDTH = 40;
const LEADING_MARKS = /^(?:(?:[#>*+-]+\s+|\d+[.)]\s+)+)/;
const INLINE_MARKS = /[*_`~]{1,3}/g;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
const TRAILING = /[ ,.;:，。；：、]+$/;

/** Return a title from the first message, by the server's rule: first line, no Markdown marks, 40 columns. */
export function generateAutoTitle(firstMessage: string): string {
  for (const line of firstMessage.split(/\r\n|[\n\r]/)) {
    const plain = line.trim().replace(LEADING_MARKS, '').replace(INLINE_MARKS, '');
    const title = plain.split(/\s+/).filter(Boolean).join(' ');
    if (title) return shorten(title);
  }
  return '';
}

function shorten(title: string): string {
  const characters = [...title];
  let width = 0;
  for (const [index, character] of characters.entries()) {
    width += WIDE.test(character) || character > '\uffff' ? 2 : 1;
    if (width > TITLE_WIDTH) {
      const head = characters.slice(0, index - 1).join('');
      const space = head.lastIndexOf(' ');
      return `${(space > head.length / 2 ? head.slice(0, space) : head).replace(TRAILING, '')}…`;
    }
  }
  return title;
}

const ENTITY = /&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[a-zA-Z][a-zA-Z\d]{1,31});/g;
const known = new Map<string, string>();

/** Return a text with its character references as what they stand for; what stands for nothing stays as it is. */
export function decodeEntities(text: string): string {
  return text.includes('&') ? text.replace(ENTITY, decode) : text;
}

/** The browser knows the two thousand names: inside a text field, nothing but a reference means anything. */
function decode(reference: string): string {
  let character = known.get(reference);
  if (character === undefined) {
    const field = document.createElement('textarea');
    field.innerHTML = reference;
    character = field.value;
    known.set(reference, character);
  }
  return character;
}

import type { ThemeRegistrationRaw } from '@shikijs/primitive';
import type { Tone } from '@/types/code';

// The highlighter wants colours; each stands for a tone, whose colour the style sheet knows.
const SCOPES: Record<NonNullable<Tone>, string[]> = {
  comment: ['comment', 'punctuation.definition.comment', 'string.quoted.docstring'],
  keyword: ['keyword', 'storage', 'variable.language', 'punctuation.definition.heading', 'markup.heading'],
  string: ['string', 'punctuation.definition.string', 'markup.inline.raw', 'markup.underline.link'],
  number: ['constant', 'support.constant', 'constant.character.escape'],
  name: ['entity.name.function', 'support.function', 'meta.function-call.generic', 'entity.name.section'],
  type: [
    'entity.name.type',
    'entity.name.class',
    'entity.name.tag',
    'support.type',
    'support.class',
    'entity.other.attribute-name',
  ],
  inserted: ['markup.inserted'],
  deleted: ['markup.deleted'],
};
const PLAIN = '#FFFFFF';
const TONES = Object.keys(SCOPES) as NonNullable<Tone>[];

export const theme: ThemeRegistrationRaw = {
  name: 'latent',
  type: 'light',
  fg: PLAIN,
  bg: '#000000',
  settings: [
    { settings: { foreground: PLAIN } },
    { scope: ['keyword.operator', 'punctuation'], settings: { foreground: PLAIN } },
    ...TONES.map((tone, index) => ({ scope: SCOPES[tone], settings: { foreground: colourOf(index) } })),
  ],
};

function colourOf(index: number): string {
  return `#0000${(index + 1).toString(16).padStart(2, '0').toUpperCase()}`;
}

const toneOf = new Map<string, Tone>(TONES.map((tone, index) => [colourOf(index), tone]));

/** Return the tone that a colour of the theme stands for. */
export function readTone(colour: string | undefined): Tone {
  return toneOf.get(colour?.toUpperCase() ?? '') ?? null;
}

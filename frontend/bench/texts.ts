const TOKEN = /[\u2e80-\uffff]|\s+|[^\s\u2e80-\uffff]{1,6}/g;

/** Return how many pieces the demo provider makes of a text. */
export function countTokens(text: string): number {
  return text.match(TOKEN)?.length ?? 0;
}

const SECTION = (number: number): string => `## ${number}. What the light does

In the darkroom nothing happens at first. The paper lies in the tray, *white as before*, and one begins to doubt;
then a grey edge shows, and another, and **the picture comes up all at once**, as if it had \`only\` been waiting.

暗房里起初什么也没有发生。相纸躺在盘子里，还是一片白，让人起疑。然后出现一条灰边，又一条，画面一下子浮上来，好像它只是在等。

1. Look for one source of light.
2. Put the darkest thing in front of it.
   - a chair, a door, a hand
   - or nothing: see [the notes](https://example.org/notes/${number})
3. Wait, then take **one** frame.

| Film | Light | Grain | Price |
|---|---|---:|---:|
| Slow | bright noon | 1 | 12.${number} |
| Medium | a cloudy day | 2 | 14.50 |
| Fast | indoors, evening | 4 | 18.00 |

\`\`\`python
def exposure_${number}(aperture: float, seconds: float, speed: int = 100) -> float:
    """Return how much light falls on the film."""
    stops = math.log2(aperture ** 2 / seconds)
    return stops - math.log2(speed / 100)  # at the film's own speed
\`\`\`

> What is left out is what one sees first.
> It takes a while to notice.

The light falls with the square of the distance, $E = I / r^2$, so that

$$
E_{${number}} = \\frac{I}{r^2} \\cos\\theta
$$

`;

/** An answer of so many tokens, with everything in it that answers have. */
export function longAnswer(tokens: number): string {
  let text = '';
  for (let number = 1; countTokens(text) < tokens; number++) text += SECTION(number);
  const pieces = text.match(TOKEN) ?? [];
  return pieces.slice(0, tokens).join('');
}

/** One endless block of a kind, of so many tokens. */
export function endless(kind: 'list' | 'table' | 'quote' | 'paragraph' | 'code', tokens: number): string {
  const head = {
    list: '',
    table: '| a | b | c |\n|---|---|---|\n',
    quote: '',
    paragraph: '',
    code: '```text\n',
  }[kind];
  const line = (number: number): string =>
    ({
      list: `- item ${number} with **stress** and \`code\`\n`,
      table: `| row ${number} | some words | **${number * 7}** |\n`,
      quote: `> paragraph ${number} of the quote, with *words* in it\n>\n`,
      paragraph: `Sentence ${number} has some **words** and a bit of \`code\` in it. `,
      code: `line ${number}: some code that goes on for a while\n`,
    })[kind];
  let text = head;
  for (let number = 1; text.length < tokens * 5; number++) text += line(number);
  return (text.match(TOKEN) ?? []).slice(0, tokens).join('');
}

/** The messages of a long conversation: short ones and long ones, as people write. */
export function pastMessages(from: number, count: number): object[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    if (number % 2)
      return { role: 'user', content: `Question no. ${number}: what about the light at this hour?` };
    const more = 'Then a grey edge shows, and another, and the picture comes up. '.repeat((number * 7) % 12);
    const list = number % 3 ? '' : '\n\n- Look for one source of light\n- Wait, then take **one** frame';
    return {
      role: 'assistant',
      content: `Answer no. ${number}. ${more}${list}`,
      model_id: 'demo/demo-scribe',
    };
  });
}

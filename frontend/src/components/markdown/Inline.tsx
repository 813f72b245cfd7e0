import type { Token, Tokens } from 'marked';
import { Fragment, type ReactNode, useContext } from 'react';
import { useI18n } from '@/i18n';
import { decodeEntities } from '@/utils/markdown/entities';
import type { FootnoteToken } from '@/utils/markdown/footnotes';
import type { MathsToken } from '@/utils/markdown/maths';
import { isOwnPicture, safeLink } from '@/utils/safeLink';
import { Formula } from './Formula';
import { OwnPictures } from './ownPictures';
import { Runs } from './Runs';

const TOKENS_AT_ONCE = 32;

/** Text inside a block: emphasis, code, links. Pictures are never loaded from where a model says. */
export function Inline({ tokens }: { tokens: Token[] }) {
  if (tokens.length > TOKENS_AT_ONCE) return <Runs items={tokens} size={TOKENS_AT_ONCE} draw={drawInline} />;
  return tokens.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
    <Fragment key={index}>{drawInline(token)}</Fragment>
  ));
}

function drawInline(token: Token): ReactNode {
  switch (token.type) {
    case 'strong':
      return (
        <strong>
          <Inline tokens={(token as Tokens.Strong).tokens} />
        </strong>
      );
    case 'em':
      return (
        <em>
          <Inline tokens={(token as Tokens.Em).tokens} />
        </em>
      );
    case 'del':
      return (
        <del>
          <Inline tokens={(token as Tokens.Del).tokens} />
        </del>
      );
    case 'codespan':
      return <code>{(token as Tokens.Codespan).text}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <Link token={token as Tokens.Link} />;
    case 'image':
      return <Picture token={token as Tokens.Image} />;
    case 'escape':
      return (token as Tokens.Escape).text;
    case 'text':
      return decodeEntities((token as Tokens.Text).text);
    case 'checkbox':
      return <Checkbox token={token as Tokens.Checkbox} />;
    case 'maths':
      return <Formula formula={token as MathsToken} />;
    case 'footnoteSign':
      return <sup>{(token as FootnoteToken).label}</sup>;
    default:
      return token.raw;
  }
}

/** The box of a task in a list; nobody can tick it. */
export function Checkbox({ token }: { token: Tokens.Checkbox }) {
  const { t } = useI18n();
  const label = t(token.checked ? 'chat.taskDone' : 'chat.taskOpen');
  return <input type="checkbox" aria-label={label} checked={token.checked} readOnly disabled />;
}

function Link({ token }: { token: Tokens.Link }) {
  const address = safeLink(decodeEntities(token.href));
  if (!address) return token.raw;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      <Inline tokens={token.tokens} />
    </a>
  );
}

/**
 * A picture that a text names. One's own is shown, to oneself; any other is not loaded, since loading tells its host who reads:
 * a click opens it elsewhere.
 */
function Picture({ token }: { token: Tokens.Image }) {
  const { t } = useI18n();
  const showsOwn = useContext(OwnPictures);
  if (showsOwn && isOwnPicture(token.href))
    return <img src={token.href} alt={token.text} loading="lazy" className="rounded-2" />;
  const address = safeLink(decodeEntities(token.href));
  if (!address?.startsWith('http')) return token.raw;
  const host = new URL(address).host;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      {token.text ? `${token.text} · ` : ''}
      {t('chat.openImage', { host })}
    </a>
  );
}

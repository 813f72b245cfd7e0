import type { Token, Tokens } from 'marked';
import { Fragment, type ReactNode } from 'react';
import { useI18n } from '@/i18n';
import { safeLink } from '@/utils/safeLink';

/** Text inside a block: emphasis, code, links. Pictures are never loaded from where a model says. */
export function Inline({ tokens }: { tokens: Token[] }) {
  return tokens.map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens have no identity but their place
    <Fragment key={index}>{renderInline(token)}</Fragment>
  ));
}

function renderInline(token: Token): ReactNode {
  switch (token.type) {
    case 'strong':
      return (
        <strong>
          <Inline tokens={(token as Tokens.Strong).tokens} />
        </strong>
      );
    case 'em':
      return (
        <em className="not-italic [:lang(en)_&]:italic">
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
      return <ForeignImage token={token as Tokens.Image} />;
    case 'escape':
    case 'text': {
      const { tokens, text } = token as Tokens.Text;
      return tokens ? <Inline tokens={tokens} /> : text;
    }
    case 'checkbox':
      return (
        <input
          type="checkbox"
          checked={Boolean((token as { checked?: boolean }).checked)}
          readOnly
          disabled
        />
      );
    default:
      return token.raw;
  }
}

function Link({ token }: { token: Tokens.Link }) {
  const address = safeLink(token.href);
  if (!address) return token.raw;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      <Inline tokens={token.tokens} />
    </a>
  );
}

/** A picture that a text names: not loaded, since loading tells its host who reads; a click opens it elsewhere. */
function ForeignImage({ token }: { token: Tokens.Image }) {
  const { t } = useI18n();
  const address = safeLink(token.href);
  if (!address?.startsWith('http')) return token.raw;
  const host = new URL(address).host;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      {token.text ? `${token.text} · ` : ''}
      {t('chat.openImage', { host })}
    </a>
  );
}

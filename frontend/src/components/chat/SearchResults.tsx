import { Archive } from 'lucide-react';
import { Link } from 'react-router';
import { Button } from '@/components/ui/Button';
import { useSearch } from '@/hooks/useSearch';
import { useI18n } from '@/i18n';
import type { SearchHit } from '@/types';
import { formatDateGroup } from './conversationUtils';
import { Marked } from './Marked';

interface SearchResultsProps {
  query: string;
  /** The conversation that is shown. */
  currentId: string | null;
  onOpen: () => void;
}

/** What was found in titles and messages; each hit leads to its place. */
export function SearchResults({ query, currentId, onOpen }: SearchResultsProps) {
  const { t, errorText } = useI18n();
  const search = useSearch(query);
  const { hits, error, hasMore, isFound } = search;
  const titles = hits.filter((hit) => !hit.message_id);
  const messages = hits.filter((hit) => hit.message_id);
  return (
    <section aria-label={t('search.results')} className="min-h-0 flex-1 overflow-y-auto pb-3">
      <p role="status" className="sr-only">
        {isFound && hits.length > 0
          ? t(hasMore ? 'search.countMore' : 'search.count', { count: hits.length })
          : ''}
      </p>
      <Hits name={t('search.titles')} hits={titles} currentId={currentId} onOpen={onOpen} />
      <Hits name={t('search.messages')} hits={messages} currentId={currentId} onOpen={onOpen} />
      {isFound && hits.length === 0 && (
        <div role="status" className="px-3 pt-5">
          <p className="text-small break-words">{t('search.none', { query: search.query })}</p>
          <p className="pt-1 text-caption text-ink-3">{t('search.noneHint')}</p>
        </div>
      )}
      {error && (
        <div role="alert" className="flex flex-col items-start gap-2.5 px-3 pt-5 text-small text-ink-2">
          {errorText(error)}
          <Button onClick={search.retry}>{t('common.retry')}</Button>
        </div>
      )}
      {hasMore && !error && (
        <Button
          look="quiet"
          className="mt-2 w-full"
          disabled={search.isLoadingMore}
          onClick={search.loadMore}
        >
          {t('search.more')}
        </Button>
      )}
    </section>
  );
}

interface HitsProps {
  name: string;
  hits: SearchHit[];
  currentId: string | null;
  onOpen: () => void;
}

function Hits({ name, hits, currentId, onOpen }: HitsProps) {
  if (hits.length === 0) return null;
  return (
    <section aria-label={name}>
      <h2 className="px-3 pt-3.5 pb-1 text-caption text-ink-3">{name}</h2>
      <ul>
        {hits.map((hit) => (
          <li key={hit.message_id ?? hit.conversation_id}>
            <Hit hit={hit} isCurrent={!hit.message_id && hit.conversation_id === currentId} onOpen={onOpen} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface HitProps {
  hit: SearchHit;
  isCurrent: boolean;
  onOpen: () => void;
}

function Hit({ hit, isCurrent, onOpen }: HitProps) {
  const { t, locale } = useI18n();
  const day = formatDateGroup(
    hit.time,
    { today: t('sidebar.today'), yesterday: t('sidebar.yesterday') },
    locale,
  );
  const query = hit.message_id ? `?message=${hit.message_id}` : '';
  return (
    <Link
      to={`/c/${hit.conversation_id}${query}`}
      data-hit=""
      onClick={onOpen}
      aria-current={isCurrent ? 'page' : undefined}
      className={`block rounded-[8px] px-3 py-2 hover:bg-sunken ${isCurrent ? 'bg-selected' : ''}`}
    >
      <span className="flex items-baseline gap-2">
        <span
          className={`min-w-0 flex-1 truncate ${hit.message_id ? 'text-small font-medium' : 'text-[14px]'}`}
        >
          <Marked text={hit.title || t('sidebar.untitled')} ranges={hit.title_ranges} />
        </span>
        {hit.archived && (
          <Archive
            size={13}
            strokeWidth={1.6}
            className="shrink-0 self-center text-ink-3"
            aria-label={t('archive.isArchived')}
          />
        )}
        <span className="shrink-0 text-caption text-ink-2">{day}</span>
      </span>
      {hit.snippet !== null && (
        <span className="line-clamp-2 pt-0.5 text-small break-words text-ink-2">
          {hit.role === 'user' && <span className="text-ink-2">{t('search.mine')}</span>}
          <Marked text={hit.snippet} ranges={hit.snippet_ranges} />
        </span>
      )}
    </Link>
  );
}

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button } from '@/components/ui/Button';
import { usePriceText } from '@/hooks/usePriceText';
import { type MessageKey, useI18n } from '@/i18n';
import { listUsers } from '@/services/account';
import { listAudit } from '@/services/adminCredits';
import { getModels } from '@/services/models';
import type { AuditRecord, Price } from '@/types';
import { formatCredits } from '@/utils/credits';

const PAGE = 30;
const NAMES_MAX = 100;
const ACTIONS: Record<string, MessageKey> = {
  'credits.grant': 'audit.grant',
  'credits.adjust': 'audit.adjust',
  'price.set': 'audit.price',
  'user.change': 'audit.user',
  'share.create': 'share.auditMade',
  'share.revoke': 'share.auditRevoked',
  'conversation.export': 'export.audit',
};

/** What was done with an administrator's power, newest first. */
export function AuditSettings() {
  const { t, locale } = useI18n();
  const nameOf = useNames();
  const detailsOf = useDetails();
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam }) => listAudit(pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 0,
  });
  const records = data?.pages.flatMap((page) => page.items);
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <div>
      {records?.length === 0 && <p className="py-3 text-small text-ink-2">{t('audit.empty')}</p>}
      <ul aria-label={t('settings.log')}>
        {records?.map((record) => {
          const action = ACTIONS[record.action];
          return (
            <li key={record.id} className="border-b border-line py-2.5 text-small last:border-0">
              <p className="flex flex-wrap items-baseline gap-x-2">
                <span className="font-medium">{action ? t(action) : record.action}</span>
                <span className="min-w-0 break-words">{nameOf(record.target)}</span>
                <span className="num ml-auto text-[12.5px]">{detailsOf(record)}</span>
              </p>
              <p className="text-caption text-ink-2">
                {typeof record.details.reason === 'string' && `${record.details.reason} · `}
                {record.actor_id ? nameOf(record.actor_id) : t('audit.operator')}
                <span className="text-ink-3">{` · ${time.format(new Date(record.created_at))}`}</span>
              </p>
            </li>
          );
        })}
      </ul>
      {hasNextPage && (
        <Button
          look="quiet"
          className="mt-2 w-full"
          disabled={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {t('ledger.earlier')}
        </Button>
      )}
    </div>
  );
}

/** Names of the accounts and models that records are about; what has none is shown by its id. */
function useNames(): (id: string) => string {
  const { data: users } = useQuery({
    queryKey: ['users', 'names'],
    queryFn: () => listUsers(null, NAMES_MAX),
  });
  const { data: models } = useQuery({ queryKey: ['models'], queryFn: getModels });
  return (id) =>
    users?.items.find((user) => user.id === id)?.display_name ??
    models?.models.find((model) => model.id === id)?.name ??
    id;
}

/** What a record changed, in a few figures or words. */
function useDetails(): (record: AuditRecord) => string {
  const { locale } = useI18n();
  const say = usePriceText();
  const show = (value: unknown): string => {
    if (value === null || typeof value !== 'object') return '–';
    if ('kind' in value) return say(value as Price).shown;
    return Object.values(value).join(', ');
  };
  return ({ details: { amount_mc, before, after } }) => {
    if (typeof amount_mc === 'number') return formatCredits(amount_mc, locale, true);
    return after === undefined ? '' : `${show(before)} → ${show(after)}`;
  };
}

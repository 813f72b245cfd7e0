import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { useNotices } from '@/components/ui/Toast';
import { asApiError } from '@/hooks/useMessageLoader';
import { useI18n } from '@/i18n';
import { changeUser, listUsers } from '@/services/account';
import type { User } from '@/types';
import { PersonCredits } from './PersonCredits';
import { PersonRow } from './PersonRow';

const PAGE = 20;

/** All accounts, for administrators: approve, disable, promote, and what each has to spend. */
export function PeopleSettings() {
  const { t, errorText } = useI18n();
  const queries = useQueryClient();
  const notify = useNotices((state) => state.show);
  const [opened, setOpened] = useState<User | null>(null);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['users', 'pages'],
    queryFn: ({ pageParam }) => listUsers(pageParam, PAGE),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

  const change = async (user: User, what: Parameters<typeof changeUser>[1]): Promise<void> => {
    try {
      await changeUser(user.id, what);
    } catch (problem) {
      notify(errorText(asApiError(problem)), true);
    }
    await queries.invalidateQueries({ queryKey: ['users'] });
  };
  return (
    <>
      <ul className="flex flex-col">
        {data?.pages
          .flatMap((page) => page.items)
          .map((user) => (
            <PersonRow
              key={user.id}
              user={user}
              onChange={(what) => void change(user, what)}
              onOpenCredits={() => setOpened(user)}
            />
          ))}
      </ul>
      {hasNextPage && (
        <Button
          look="quiet"
          className="mt-2 w-full"
          disabled={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {t('people.more')}
        </Button>
      )}
      {opened && <PersonCredits user={opened} onClose={() => setOpened(null)} />}
    </>
  );
}

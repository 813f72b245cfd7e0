import { X } from 'lucide-react';
import { Toast as Radix } from 'radix-ui';
import { create } from 'zustand';
import { useI18n } from '@/i18n';

interface Notice {
  id: number;
  text: string;
  isError: boolean;
}

interface NoticeStore {
  notices: Notice[];
  show: (text: string, isError?: boolean) => void;
  close: (id: number) => void;
}

const SHOWN_MAX = 2;
const SHOWN_MS = 4000;
let lastId = 0;

/** Short notices; at most two, errors stay until they are closed. */
export const useNotices = create<NoticeStore>()((set) => ({
  notices: [],
  show: (text, isError = false) =>
    set((state) => {
      lastId += 1;
      return { notices: [...state.notices, { id: lastId, text, isError }].slice(-SHOWN_MAX) };
    }),
  close: (id) => set((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) })),
}));

/** The place where notices appear: below, in the middle. */
export function Toaster() {
  const { t } = useI18n();
  const notices = useNotices((state) => state.notices);
  const close = useNotices((state) => state.close);
  return (
    <Radix.Provider swipeDirection="down" label={t('common.notice')}>
      {notices.map((notice) => (
        <Radix.Root
          key={notice.id}
          duration={notice.isError ? Number.POSITIVE_INFINITY : SHOWN_MS}
          onOpenChange={(open) => !open && close(notice.id)}
          className="pointer-events-auto flex animate-rise items-center gap-2 rounded-3 border border-line bg-raised py-1.5 pr-1.5 pl-4 shadow-2"
        >
          <Radix.Title className={`text-small ${notice.isError ? 'text-danger' : ''}`}>
            {notice.text}
          </Radix.Title>
          <Radix.Close
            aria-label={t('common.close')}
            className="grid size-8 place-items-center rounded-2 text-ink-2 hover:bg-selected"
          >
            <X size={15} strokeWidth={1.6} />
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport className="fixed bottom-28 left-1/2 z-60 flex w-max max-w-[92vw] -translate-x-1/2 flex-col gap-2 outline-none" />
    </Radix.Provider>
  );
}

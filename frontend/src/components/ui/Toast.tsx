import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
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
  return (
    <section
      aria-label={t('common.notice')}
      className="pointer-events-none fixed bottom-28 left-1/2 z-60 flex w-max max-w-[92vw] -translate-x-1/2 flex-col gap-2"
    >
      {notices.map((notice) => (
        <NoticeItem key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

/** One notice; it stays as long as somebody points at it or its button has the focus. */
function NoticeItem({ notice }: { notice: Notice }) {
  const { t } = useI18n();
  const close = useNotices((state) => state.close);
  const [isHeld, setHeld] = useState(false);
  const { id, text, isError } = notice;
  useEffect(() => {
    if (isError || isHeld) return;
    const timer = setTimeout(() => close(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, isError, isHeld, close]);
  return (
    <div
      role="status"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex animate-rise items-center gap-2 rounded-3 border border-line bg-raised py-1.5 pr-1.5 pl-4 shadow-2"
    >
      <p role={isError ? 'alert' : undefined} className={`text-small ${isError ? 'text-danger' : ''}`}>
        {text}
      </p>
      <button
        type="button"
        aria-label={t('common.close')}
        onClick={() => close(id)}
        className="grid size-8 place-items-center rounded-2 text-ink-2 hover:bg-selected max-[719px]:size-11"
      >
        <X size={15} strokeWidth={1.6} />
      </button>
    </div>
  );
}

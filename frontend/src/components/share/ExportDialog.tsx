import { Download } from 'lucide-react';
import { Dialog } from '@/components/ui/Dialog';
import { useI18n } from '@/i18n';
import { exportFile } from '@/services/shares';

interface ExportDialogProps {
  conversationId: string;
  /** The message that ends the branch in view. */
  leafId: string | null;
  onClose: () => void;
}

/** Save a conversation as a file. */
export function ExportDialog({ conversationId, leafId, onClose }: ExportDialogProps) {
  const { t, locale } = useI18n();
  const formats = [
    { format: 'markdown', name: 'Markdown', text: t('export.markdown') },
    { format: 'html', name: t('export.webPage'), text: t('export.html') },
    { format: 'json', name: 'JSON', text: t('export.json') },
  ] as const;
  return (
    <Dialog open title={t('export.title')} size="medium" onClose={onClose}>
      <div className="overflow-y-auto p-5">
        <p className="mb-3 text-small text-ink-2">{t('export.hint')}</p>
        <ul className="flex flex-col gap-2">
          {formats.map(({ format, name, text }) => (
            <li key={format}>
              <a
                href={exportFile(conversationId, format, locale, leafId)}
                download
                className="flex min-h-14 items-center gap-4 rounded-2 border border-line px-4 py-2 text-small hover:bg-sunken"
              >
                <span className="min-w-0 flex-1">
                  <b className="block font-medium">{name}</b>
                  <span className="text-caption text-ink-2">{text}</span>
                </span>
                <Download size={18} strokeWidth={1.6} aria-hidden="true" className="text-ink-2" />
              </a>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

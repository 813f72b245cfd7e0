import { Button } from '@/components/ui/Button';
import { useI18n } from '@/i18n';
import { reloadPage } from '@/services/newVersion';

/** There is a newer version of this page: it is loaded when one likes, and nothing that is being written is lost. */
export function NewVersion({ onLater }: { onLater: () => void }) {
  const { t } = useI18n();
  return (
    <section
      aria-label={t('app.newVersion')}
      className="fixed inset-x-0 top-2 z-60 mx-auto flex w-max max-w-[92vw] animate-rise flex-wrap items-center gap-2 rounded-3 border border-line bg-raised py-1.5 pr-1.5 pl-4 shadow-2"
    >
      <p role="status" className="mr-1 text-small">
        {t('app.newVersion')}
      </p>
      <Button look="primary" onClick={reloadPage}>
        {t('app.reload')}
      </Button>
      <Button look="quiet" onClick={onLater}>
        {t('app.later')}
      </Button>
    </section>
  );
}

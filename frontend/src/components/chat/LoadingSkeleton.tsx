import { useI18n } from '@/i18n';

/** Blank paper where messages will be; only after a moment, and without any shimmer. */
export function LoadingSkeleton() {
  const { t } = useI18n();
  return (
    <div role="status" aria-label={t('app.loading')} className="late flex flex-col gap-6 pt-6">
      <div className="h-11 w-2/5 self-end rounded-4 bg-sunken" />
      <div className="flex flex-col gap-2.5">
        <div className="h-4 w-1/4 rounded-1 bg-sunken" />
        <div className="h-4 w-full rounded-1 bg-sunken" />
        <div className="h-4 w-11/12 rounded-1 bg-sunken" />
        <div className="h-4 w-3/5 rounded-1 bg-sunken" />
      </div>
    </div>
  );
}

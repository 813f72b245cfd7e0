import { Dialog } from '@/components/ui/Dialog';
import { useI18n } from '@/i18n';
import { keyNames, SHORTCUTS } from '@/utils/shortcuts';

/** All shortcuts, by where they hold. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const groups = [...new Set(SHORTCUTS.map(({ group }) => group))];
  return (
    <Dialog open title={t('shortcuts.title')} size="medium" onClose={onClose}>
      <div className="grid gap-5 overflow-y-auto p-5">
        {groups.map((group) => (
          <section key={group} aria-label={t(group)}>
            <h3 className="mb-1.5 text-caption text-ink-2">{t(group)}</h3>
            <dl className="grid gap-1">
              {SHORTCUTS.filter((each) => each.group === group).map((shortcut) => (
                <div
                  key={shortcut.name}
                  className="flex min-h-8 items-center justify-between gap-4 text-small"
                >
                  <dt>{t(shortcut.name)}</dt>
                  <dd className="flex gap-1">
                    {keyNames(shortcut).map((key) => (
                      <kbd
                        key={key}
                        className="num grid h-6 min-w-6 place-items-center rounded-1 border border-line bg-sunken px-1.5 text-[12px]"
                      >
                        {key}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

import { Component, type ReactNode } from 'react';
import { Button } from '@/components/ui/Button';
import { useI18n } from '@/i18n';

/** Shows a way on when drawing the page failed. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    return this.state.broken ? <Crashed /> : this.props.children;
  }
}

function Crashed() {
  const { t } = useI18n();
  return (
    <main role="alert" className="grid h-dvh place-content-center justify-items-center gap-4 p-6 text-center">
      <p>{t('app.crashed')}</p>
      <Button onClick={() => window.location.reload()}>{t('app.reload')}</Button>
    </main>
  );
}

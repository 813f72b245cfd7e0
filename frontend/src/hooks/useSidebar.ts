import { useEffect, useState } from 'react';
import { useSettingsStore } from '@/stores/useSettingsStore';
import { useNarrow } from './useNarrow';

/** The sidebar is a column on wide screens, remembered, and a drawer on narrow ones. */
export function useSidebar() {
  const isDrawer = useNarrow();
  const remembered = useSettingsStore((state) => state.sidebarOpen);
  const change = useSettingsStore((state) => state.change);
  const [drawerOpen, setDrawerOpen] = useState(false);
  useEffect(() => {
    if (!isDrawer || !drawerOpen) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setDrawerOpen(false);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [isDrawer, drawerOpen]);
  const set = (open: boolean): void => (isDrawer ? setDrawerOpen(open) : change({ sidebarOpen: open }));
  return {
    isDrawer,
    shown: isDrawer ? drawerOpen : remembered,
    open: () => set(true),
    close: () => set(false),
    closeDrawer: () => setDrawerOpen(false),
  };
}

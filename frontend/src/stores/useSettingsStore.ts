import { create } from 'zustand';
import {
  getSavedSettings,
  resetSettings,
  saveSettings,
  type UserAdvancedSettings,
} from '@/utils/settingsStorage';

interface SettingsStore extends UserAdvancedSettings {
  /** Change some settings and save them. */
  change: (changes: Partial<UserAdvancedSettings>) => void;
  /** Return to the defaults. */
  reset: () => void;
}

/** What a person prefers on this browser. */
export const useSettingsStore = create<SettingsStore>()((set, get) => ({
  ...getSavedSettings(),
  change: (changes) => {
    set(changes);
    const { change: _change, reset: _reset, ...settings } = get();
    saveSettings(settings);
  },
  reset: () => set(resetSettings()),
}));

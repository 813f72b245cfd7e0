import { describe, expect, it } from 'vitest';
import { getSavedSettings, resetSettings, saveSettings } from './settingsStorage';

const DEFAULTS = {
  theme: 'system',
  language: 'system',
  chatModel: null,
  sidebarOpen: true,
  taskTrayOpen: true,
};

describe('settingsStorage', () => {
  it.each([
    ['nothing', null],
    ['broken JSON', '{"theme":'],
    ['another type', '[1,2]'],
    ['null', 'null'],
    ['values of another version', '{"theme":"sepia","language":"fr","chatModel":7,"sidebarOpen":"yes"}'],
  ])('survives %s', (_, stored) => {
    if (stored !== null) localStorage.setItem('latent.settings', stored);

    expect(getSavedSettings()).toEqual(DEFAULTS);
  });

  it('keeps what is saved and forgets it on reset', () => {
    const mine = {
      theme: 'dark',
      language: 'en',
      chatModel: 'kie/gemini-3-pro',
      sidebarOpen: false,
      taskTrayOpen: false,
    } as const;
    saveSettings(mine);
    expect(getSavedSettings()).toEqual(mine);

    expect(resetSettings()).toEqual(DEFAULTS);
    expect(getSavedSettings()).toEqual(DEFAULTS);
  });
});

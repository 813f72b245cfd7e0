import { describe, expect, it } from 'vitest';
import { getSavedSettings, resetSettings, saveSettings } from './settingsStorage';

const DEFAULTS = {
  theme: 'system',
  language: 'system',
  mode: 'chat',
  chatModel: null,
  imageModel: null,
  videoModel: null,
  modelOptions: {},
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

  it('takes of broken options what can be one', () => {
    const modelOptions = {
      m: { size: '1K', shape: { width: 1 }, n: null, sound: true },
      broken: 'no',
      list: [1],
    };
    localStorage.setItem('latent.settings', JSON.stringify({ mode: 'paint', modelOptions }));

    expect(getSavedSettings()).toMatchObject({
      mode: 'chat',
      modelOptions: { m: { size: '1K', sound: true }, broken: {}, list: {} },
    });
  });

  it('keeps what is saved and forgets it on reset', () => {
    const mine = {
      theme: 'dark',
      language: 'en',
      mode: 'video',
      chatModel: 'kie/gemini-3-pro',
      imageModel: 'kie/nano-banana-2',
      videoModel: null,
      modelOptions: { 'kie/nano-banana-2': { aspect_ratio: '4:5', n: 2, google_search: true } },
      sidebarOpen: false,
      taskTrayOpen: false,
    } as const;
    saveSettings(mine);
    expect(getSavedSettings()).toEqual(mine);

    expect(resetSettings()).toEqual(DEFAULTS);
    expect(getSavedSettings()).toEqual(DEFAULTS);
  });
});

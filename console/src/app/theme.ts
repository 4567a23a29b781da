// Light, dark, or what the system says.
import { createStore, useStore } from './store';

export type Theme = 'system' | 'light' | 'dark';

const THEME = 'conjoin.theme';
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

const theme = createStore<{ chosen: Theme; isDark: boolean }>({ chosen: 'system', isDark: false });

export function chooseTheme(chosen: Theme) {
  if (chosen === 'system') {
    localStorage.removeItem(THEME);
    delete document.documentElement.dataset['theme'];
  } else {
    localStorage.setItem(THEME, chosen);
    document.documentElement.dataset['theme'] = chosen;
  }
  theme.set({ chosen, isDark: chosen === 'system' ? prefersDark.matches : chosen === 'dark' });
}

/** What was chosen, and whether that is dark now: for the few parts that cannot be told by a style sheet. */
export const useTheme = () => useStore(theme);

const stored = localStorage.getItem(THEME);
chooseTheme(stored === 'light' || stored === 'dark' ? stored : 'system');
prefersDark.addEventListener('change', () => chooseTheme(theme.get().chosen));

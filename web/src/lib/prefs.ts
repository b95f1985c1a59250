// What the reader chose for this browser: language and theme. Kept in localStorage, followed by the whole page.
import {effect, signal} from '@preact/signals';

export type Language = 'ko' | 'en';
export type Theme = 'auto' | 'light' | 'dark';

function stored(name: string): string | null {
  try {
    return localStorage.getItem(`token-limiter.${name}`);
  } catch {
    return null; // storage is switched off: the choice lasts as long as the page
  }
}

function store(name: string, value: string) {
  try {
    localStorage.setItem(`token-limiter.${name}`, value);
  } catch {
    // as above
  }
}

function firstLanguage(): Language {
  const chosen = stored('language');
  if (chosen === 'ko' || chosen === 'en') return chosen;
  const known = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag === 'ko' || tag === 'en');
  return known === 'en' ? 'en' : 'ko';
}

function firstTheme(): Theme {
  const chosen = stored('theme');
  return chosen === 'light' || chosen === 'dark' ? chosen : 'auto';
}

export const language = signal<Language>(firstLanguage());
export const theme = signal<Theme>(firstTheme());

const darkScheme = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(darkScheme.matches);
darkScheme.addEventListener('change', (event) => {
  systemDark.value = event.matches;
});

export const isDark = () => (theme.value === 'auto' ? systemDark.value : theme.value === 'dark');

effect(() => {
  document.documentElement.lang = language.value;
  store('language', language.value);
});
effect(() => {
  document.documentElement.dataset.theme = isDark() ? 'dark' : 'light';
  store('theme', theme.value);
});

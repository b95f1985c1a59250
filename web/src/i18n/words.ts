// The texts in the reader's language, and texts with gaps.
import {language} from '../lib/prefs';
import {en} from './en';
import {ko, type Words} from './ko';

export const words = (): Words => (language.value === 'ko' ? ko : en);

export function fill(text: string, gaps: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => gaps[name] ?? whole);
}

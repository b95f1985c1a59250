// Pages by the part behind '#': "#/users/사용자1" is the page "users" with the argument "사용자1".
import {signal} from '@preact/signals';

export const pages = ['overview', 'engine', 'gpu', 'users', 'limits', 'tokens', 'playground', 'violations', 'settings'] as const;
export type PageName = (typeof pages)[number];

export interface Place {
  page: PageName;
  argument: string | null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function placeOf(hash: string): Place {
  const [, name = '', ...rest] = hash.replace(/^#/, '').split('/');
  const page = pages.find((one) => one === name) ?? 'overview';
  const argument = rest.length > 0 ? decoded(rest.join('/')) : null;
  return {page, argument: argument === '' ? null : argument};
}

export const place = signal<Place>(placeOf(location.hash));
addEventListener('hashchange', () => {
  place.value = placeOf(location.hash);
});

export const link = (page: PageName, argument?: string) =>
  `#/${page}${argument === undefined ? '' : `/${encodeURIComponent(argument)}`}`;

export function go(page: PageName, argument?: string) {
  location.hash = link(page, argument);
}

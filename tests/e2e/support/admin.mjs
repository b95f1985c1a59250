// An admin who speaks to the admin pages.
import {keys} from './system.mjs';

export async function ask(gateway, method, path, body, {key = keys.admin, headers = {}} = {}) {
  const answer = await fetch(gateway.url + path, {
    method,
    headers: {...(key ? {authorization: `Bearer ${key}`} : {}), ...headers},
    ...(body === undefined ? {} : {body: typeof body === 'string' ? body : JSON.stringify(body)}),
  });
  const text = await answer.text();
  return {status: answer.status, headers: answer.headers, etag: answer.headers.get('etag'), text, ...JSON.parse(text)};
}

export const segment = encodeURIComponent;

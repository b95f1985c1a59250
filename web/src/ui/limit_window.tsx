// One window of one scope: how much of it is used, who set the limit, and when it is free again.
import {fill, words} from '../i18n/words';
import {integer, percent, span} from '../lib/format';
import type {Known, LimitKind} from '../lib/types';
import {Bar} from './parts';

interface LimitWindowProps {
  kind: LimitKind;
  used: Known;
  limit: number | null; // null: none
  source?: string;
  resetMs: Known;
}

export function LimitWindow({kind, used, limit, source, resetMs}: LimitWindowProps) {
  const t = words();
  const share = limit === null || used === null ? null : used / Math.max(1, limit);
  const full = limit !== null && used !== null && used >= limit;
  return (
    <div class="window" data-window={kind}>
      <div class="top">
        <span>{t.limit[kind]}</span>
        <span>
          <b data-figure={`${kind}:used`}>{integer(used)}</b>{' '}
          <span class="quiet">{limit === null ? t.users.noLimit : <>/ <span data-figure={`${kind}:limit`}>{integer(limit)}</span></>}</span>
        </span>
      </div>
      <Bar share={share} label={`${t.limit[kind]}: ${limit === null ? t.users.noLimit : percent(share)}`} />
      <div class="low">
        <span>{full ? <span class="bad">{t.users.full}</span> : source && source !== 'none' ? t.users.source[source] ?? source : ''}</span>
        <span>{kind !== 'concurrent' && used !== 0 && (resetMs ?? 0) > 0 && fill(t.users.resetsIn, {time: span(resetMs)})}</span>
      </div>
    </div>
  );
}

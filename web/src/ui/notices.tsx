// What is wrong right now: the gateway away, an engine, the store. Nothing when all is well.
import {fill, words} from '../i18n/words';
import {clock} from '../lib/format';
import {lastHeard, link, sample} from '../lib/live';
import {Icon} from './icons';

const grave = new Set(['store_refuses', 'store_lost', 'engine_unreachable', 'engine_silent']);

export function Notices() {
  const t = words();
  const troubles = sample.value?.degraded ?? [];
  return (
    <div class="notices" role="status" aria-live="polite">
      {link.value === 'away' && (
        <div class="notice grave" data-notice="away">
          <Icon name="away" />
          <div>
            <b>{t.link.away}</b>
            <div class="small">
              {t.link.awayHint}
              {lastHeard.value !== null && ` ${t.link.lastHeard}: ${clock(lastHeard.value)}`}
            </div>
          </div>
        </div>
      )}
      {link.value === 'live' && troubles.map((trouble) => (
        <div class={`notice ${grave.has(trouble.what) ? 'grave' : ''}`} data-notice={trouble.what} key={trouble.what + trouble.which}>
          <Icon name="warning" />
          <div>
            <b>{t.trouble[trouble.what] ?? t.trouble.other}</b>
            {trouble.on_store_loss && <div class="small">{t.onStoreLoss[trouble.on_store_loss]}</div>}
            <div class="small">
              {trouble.which}
              {trouble.reason ? `: ${trouble.reason}` : ''}
              {trouble.since_ms !== null && trouble.since_ms !== undefined && ` · ${fill(t.engine.since, {time: clock(trouble.since_ms)})}`}
            </div>
          </div>
        </div>
      ))}
    </div>
  );
}

// A scope's limits, changed in place. Only what was typed is sent, and only if nobody else changed them meanwhile.
import {useEffect, useState} from 'preact/hooks';
import {words} from '../i18n/words';
import {ApiError, call} from '../lib/api';
import {integer} from '../lib/format';
import {access} from '../lib/session';
import {limitKinds, type LimitKind, type ScopeLimits} from '../lib/types';
import {Card} from '../ui/parts';
import {complain, say} from '../ui/toast';
import {mayChange} from './users';

type Draft = Record<LimitKind, string>;
type Change = Partial<Record<LimitKind, number | 'unlimited' | null>>;

function draftOf(view: ScopeLimits): Draft {
  const unlimited = words().users.unlimited;
  return Object.fromEntries(limitKinds.map((kind) => {
    const set = view.set[kind];
    return [kind, set === undefined || set === null ? '' : set === 'unlimited' ? unlimited : String(set)];
  })) as Draft;
}

// undefined: not a limit.
function parsed(text: string): number | 'unlimited' | null | undefined {
  const plain = text.trim().replace(/[,\s]/g, '');
  if (plain === '') return null;
  if (/^(unlimited|무제한)$/i.test(plain)) return 'unlimited';
  return /^\d{1,15}$/.test(plain) ? Number(plain) : undefined;
}

// path: of the scope's limits in the admin API.
export function LimitsEditor({path, title, onChange}: {path: string; title?: string; onChange: () => void}) {
  const t = words();
  const [view, setView] = useState<ScopeLimits | null>(null);
  const [etag, setEtag] = useState<string | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);

  const take = (answer: {data: ScopeLimits; etag: string | null}) => {
    setView(answer.data);
    setEtag(answer.etag);
    setDraft(draftOf(answer.data));
  };
  const load = async () => {
    try {
      take(await call<ScopeLimits>(path));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 0)) complain(error);
    }
  };
  useEffect(() => void load(), [path]);

  if (!view || !draft) return null;
  const before = draftOf(view);
  const touched = limitKinds.filter((kind) => draft[kind] !== before[kind]);
  const wrong = limitKinds.filter((kind) => parsed(draft[kind]) === undefined);
  const apply = async () => {
    if (!mayChange()) return;
    const change: Change = Object.fromEntries(touched.map((kind) => [kind, parsed(draft[kind])]));
    try {
      take(await call<ScopeLimits>(path, {method: 'PATCH', body: change, etag}));
      say(t.users.applied);
      onChange();
    } catch (error) {
      complain(error);
      if (error instanceof ApiError && error.status === 412) void load();
    }
  };
  const configured = (kind: LimitKind) => {
    const amount = view.configured[kind];
    return `${t.users.followConfig}: ${amount === null ? t.users.noLimit : integer(amount)}`;
  };
  return (
    <Card title={title ?? t.users.limits} aside={<span class="quiet small">{t.users.limitsHint}</span>}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void apply();
        }}
      >
        <div class="limits-form">
          {limitKinds.map((kind) => (
            <label class="field" key={kind}>
              <span>{t.limit[kind]}</span>
              <input
                class="input numbers"
                name={kind}
                inputMode="numeric"
                autocomplete="off"
                placeholder={configured(kind)}
                readOnly={access.value !== 'admin'}
                value={draft[kind]}
                aria-invalid={wrong.includes(kind)}
                title={wrong.includes(kind) ? t.users.badNumber : configured(kind)}
                onInput={(event) => setDraft({...draft, [kind]: event.currentTarget.value})}
              />
            </label>
          ))}
        </div>
        {wrong.length > 0 && <p class="bad small" role="alert">{t.users.badNumber}</p>}
        {touched.length > 0 && (
          <div class="row" style={{marginTop: '0.9rem'}}>
            <button type="submit" class="button primary" disabled={wrong.length > 0}>{t.users.apply}</button>
            <button type="button" class="button" onClick={() => setDraft(before)}>{t.cancel}</button>
          </div>
        )}
      </form>
    </Card>
  );
}

// Which limit binds a user's or a key's next request: of requests, tokens and places in flight the one with the least left, where
// it comes from, and all others that the request has to pass.
import {useState} from 'preact/hooks';
import {fill, words} from '../i18n/words';
import {integer, span} from '../lib/format';
import {usePoll} from '../lib/poll';
import {link} from '../lib/router';
import type {LimitStanding, ScopeKind} from '../lib/types';
import {Card, Chip, Empty, Skeleton} from '../ui/parts';
import {reasonOf} from '../ui/toast';

type ScopedStanding = LimitStanding & {kind: ScopeKind; name: string};

interface EffectiveLimits {
  user: string;
  scopes: {kind: ScopeKind; name: string; windows: LimitStanding[]}[];
  binding: Record<'requests' | 'tokens' | 'concurrent', ScopedStanding | null>;
  banned: {reason: string} | null;
}

function ScopeName({kind, name}: {kind: ScopeKind; name: string}) {
  const t = words().limits;
  if (kind === 'key') return <>{t.thisKey}</>; // there is no other one among its limits
  const label = kind === 'global' ? t.kinds.global : `${t.kinds[kind]} ${name}`;
  return <a href={kind === 'user' ? link('users', name) : link('limits', kind === 'global' ? kind : `${kind}/${name}`)}>{label}</a>;
}

function Bound({what, standing}: {what: 'requests' | 'tokens' | 'concurrent'; standing: ScopedStanding | null}) {
  const t = words();
  const titles = {requests: t.limits.bindingRequests, tokens: t.limits.bindingTokens, concurrent: t.limits.bindingConcurrent};
  const out = standing?.remaining === 0;
  return (
    <div class="window" data-binds={what} data-kind={standing?.kind} data-limit={standing?.limit}>
      <div class="top"><span>{titles[what]}</span>{standing && <Chip mood={out ? 'bad' : undefined}>{t.limit[standing.limit]}</Chip>}</div>
      {!standing && <b>{t.limits.nothingBinds}</b>}
      {standing && (
        <>
          <b><ScopeName kind={standing.kind} name={standing.name} /></b>
          <span class="small">
            {standing.remaining === null
              ? fill(t.limits.leftUnknown, {amount: integer(standing.amount)})
              : fill(t.limits.left, {left: integer(standing.remaining), amount: integer(standing.amount)})}
          </span>
          <div class="low">
            <span>{out ? <span class="bad">{t.limits.exhausted}</span> : t.users.source[standing.source] ?? standing.source}</span>
            <span>{(standing.reset_ms ?? 0) > 0 && fill(t.users.resetsIn, {time: span(standing.reset_ms)})}</span>
          </div>
        </>
      )}
    </div>
  );
}

function AllWindows({data}: {data: EffectiveLimits}) {
  const t = words();
  const rows = data.scopes.flatMap((scope) => scope.windows.map((window) => ({...window, kind: scope.kind, name: scope.name})));
  if (rows.length === 0) return null;
  const binds = (row: ScopedStanding) =>
    Object.values(data.binding).some((one) => one?.kind === row.kind && one.name === row.name && one.limit === row.limit);
  return (
    <details>
      <summary class="small">{fill(t.limits.allWindows, {count: integer(rows.length)})}</summary>
      <div class="scroll">
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">{t.limits.scope}</th><th scope="col">{t.violations.limit}</th><th scope="col" class="n">{t.violations.allowed}</th>
              <th scope="col" class="n">{t.violations.used}</th><th scope="col" class="n">{t.limits.remaining}</th><th scope="col">{t.settings.source}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.kind} ${row.name} ${row.limit}`} class={binds(row) ? 'binds' : ''}>
                <th scope="row"><ScopeName kind={row.kind} name={row.name} /></th>
                <td>{t.limit[row.limit]}</td>
                <td class="n">{integer(row.amount)}</td>
                <td class="n">{integer(row.used)}</td>
                <td class="n">{integer(row.remaining)}</td>
                <td class="quiet">{t.users.source[row.source] ?? row.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export function Binding({of, title}: {of: {user: string} | {key: string}; title?: string}) {
  const t = words().limits;
  const [model, setModel] = useState('');
  const models = usePoll<{data: {id: string}[]}>('/v1/models').data?.data ?? [];
  const asked = new URLSearchParams({...of, ...(model ? {model} : {})});
  const {data, error} = usePoll<EffectiveLimits>(`/admin/limits/effective?${asked}`, 1000);
  const choice = (
    <select class="input little" aria-label={words().overview.model} value={model} onChange={(event) => setModel(event.currentTarget.value)}>
      <option value="">{t.anyModel}</option>
      {models.map((one) => <option key={one.id} value={one.id}>{one.id}</option>)}
    </select>
  );
  return (
    <Card title={title ?? t.binding} aside={choice}>
      <p class="quiet small hint">{t.bindingHint}</p>
      {!data && error === null && <Skeleton lines={2} />}
      {!data && error !== null && <Empty icon="warning" title={words().problem.failed}>{reasonOf(error)}</Empty>}
      {data && (
        <div class="grid">
          {data.banned && <p class="notice grave">{t.banned}</p>}
          <div class="windows">
            {(['requests', 'tokens', 'concurrent'] as const).map((what) => <Bound key={what} what={what} standing={data.binding[what]} />)}
          </div>
          <AllWindows data={data} />
        </div>
      )}
    </Card>
  );
}

// The limits that people share: of groups, of models, and of everybody. A list on the left, one scope with what is used of
// it and its limits to edit on the right; and which of all limits binds a user.
import {useEffect, useState} from 'preact/hooks';
import {Head} from '../app';
import {fill, words} from '../i18n/words';
import {segment} from '../lib/api';
import {integer} from '../lib/format';
import {usePoll} from '../lib/poll';
import {link, place} from '../lib/router';
import {limitKinds, type LimitStanding, type ScopeKind, type ScopeLimits} from '../lib/types';
import {Icon} from '../ui/icons';
import {LimitWindow} from '../ui/limit_window';
import {Card, Chip, Empty, Skeleton} from '../ui/parts';
import {reasonOf} from '../ui/toast';
import {Binding} from './binding';
import {LimitsEditor} from './limits_editor';

type SharedKind = Extract<ScopeKind, 'global' | 'model' | 'group'>;

interface Scope {
  kind: SharedKind;
  name: string;
}

// "global", "model/korean-qwen", "group/개발자그룹"
function scopeOf(argument: string | null): Scope | null {
  if (argument === 'global') return {kind: 'global', name: ''};
  const [kind = '', ...rest] = (argument ?? '').split('/');
  const name = rest.join('/');
  return (kind === 'model' || kind === 'group') && name !== '' ? {kind, name} : null;
}

const argumentOf = ({kind, name}: {kind: string; name: string}) => (kind === 'global' ? kind : `${kind}/${name}`);
const pathOf = ({kind, name}: Scope) => (kind === 'global' ? '/admin/global/limits' : `/admin/${kind}s/${segment(name)}/limits`);
const titleOf = ({kind, name}: {kind: string; name: string}) => (kind === 'global' ? words().limits.everybody : name);

function Row({scope, chosen}: {scope: ScopeLimits; chosen: boolean}) {
  const t = words().limits;
  const count = limitKinds.filter((kind) => scope.limits[kind] !== null).length;
  return (
    <li>
      <a href={link('limits', argumentOf(scope))} aria-current={chosen ? 'true' : undefined} data-scope={argumentOf(scope)}>
        <b>{titleOf(scope)}</b>
        <Chip>{t.kinds[scope.kind]}</Chip>
        <span class="small quiet">{count === 0 ? t.noneSet : fill(t.someSet, {count: integer(count)})}</span>
      </a>
    </li>
  );
}

function Members({group}: {group: string}) {
  const t = words().limits;
  const {data} = usePoll<{users: string[]}>(`/admin/groups/${segment(group)}`, 10_000);
  if (!data) return null;
  return (
    <Card title={t.members} aside={<span class="quiet small numbers">{integer(data.users.length)}</span>}>
      {data.users.length === 0
        ? <p class="quiet small">{t.noMembers}</p>
        : <div class="row members">{data.users.map((user) => <a key={user} class="chip" href={link('users', user)}>{user}</a>)}</div>}
    </Card>
  );
}

function ScopeDetail({scope, onChange}: {scope: Scope; onChange: () => void}) {
  const t = words();
  const {data, error, reload} = usePoll<ScopeLimits & {windows: LimitStanding[]}>(pathOf(scope), 1000);
  const back = <a class="button little back-link" href={link('limits')}><Icon name="back" />{t.limits.back}</a>;
  if (!data && error === null) return <Card><Skeleton /></Card>;
  if (!data) return <Card>{back}<Empty icon="warning" title={t.problem.failed}>{reasonOf(error)}</Empty></Card>;
  const standing = (kind: string) => data.windows.find((window) => window.limit === kind);
  return (
    <div class="grid" data-detail={argumentOf(scope)}>
      {back}
      <div class="person">
        <h2>{titleOf(scope)}</h2>
        <Chip>{t.limits.kinds[scope.kind]}</Chip>
        <span class="quiet small">{t.limits.explained[scope.kind]}</span>
      </div>
      <Card title={t.users.used}>
        <div class="windows">
          {limitKinds.map((kind) => (
            <LimitWindow
              key={kind}
              kind={kind}
              used={standing(kind)?.used ?? null}
              limit={data.limits[kind]}
              source={data.sources[kind]}
              resetMs={standing(kind)?.reset_ms ?? null}
            />
          ))}
        </div>
      </Card>
      <LimitsEditor path={pathOf(scope)} onChange={() => { void reload(); onChange(); }} />
      {scope.kind === 'group' && <Members group={scope.name} />}
    </div>
  );
}

// Asks for a user, and explains which limit binds that one.
function BindingOf() {
  const t = words().limits;
  const [typed, setTyped] = useState('');
  const [search, setSearch] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim()), 200);
    return () => clearTimeout(timer);
  }, [typed]);
  const {data} = usePoll<{users: {user_id: string}[]}>(`/admin/users?search=${encodeURIComponent(search)}&limit=20`);
  const found = data?.users ?? [];
  const known = found.some((user) => user.user_id === search);
  return (
    <>
      <Card title={t.binding}>
        <label class="field">
          <span>{t.whose}</span>
          <input class="input" name="whose" list="limits-users" autocomplete="off" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
          <datalist id="limits-users">{found.map((user) => <option key={user.user_id} value={user.user_id} />)}</datalist>
          <span class="hint">{t.whoseHint}</span>
        </label>
        {search !== '' && data && found.length === 0 && <p class="small" role="status" data-nobody>{words().users.notFound}</p>}
      </Card>
      {known && <Binding key={search} of={{user: search}} title={search} />}
    </>
  );
}

export function LimitsPage() {
  const t = words();
  const {data, error, reload} = usePoll<{limits: ScopeLimits[]}>('/admin/limits?kind=global,model,group', 5000);
  const argument = place.value.argument;
  const chosen = scopeOf(argument);
  return (
    <>
      <Head />
      <div class={`people ${chosen ? 'chosen' : ''}`}>
        <div class="card list">
          <p class="find quiet small">{t.limits.rule}</p>
          {!data && !error && <div class="card"><Skeleton /></div>}
          {!data && error !== null && <Empty icon="warning" title={t.problem.failed}>{reasonOf(error)}</Empty>}
          <ul class="rows">{data?.limits.map((scope) => <Row key={argumentOf(scope)} scope={scope} chosen={argumentOf(scope) === argument} />)}</ul>
        </div>
        <div class="detail grid">
          {chosen ? <ScopeDetail key={argument} scope={chosen} onChange={() => void reload()} /> : <Card><Empty icon="limits" title={t.limits.pick} /></Card>}
          <BindingOf />
        </div>
      </div>
    </>
  );
}

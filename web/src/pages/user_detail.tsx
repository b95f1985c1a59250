// One user: every window as a bar with its reset, the hours of the day, limits to edit in place, bans and keys.
import {useState} from 'preact/hooks';
import {fill, words} from '../i18n/words';
import {segment, send} from '../lib/api';
import {ago, instant, integer, shortClock} from '../lib/format';
import {usePoll} from '../lib/poll';
import {go, link} from '../lib/router';
import {limitKinds, type Ban, type User} from '../lib/types';
import {Icon} from '../ui/icons';
import {LimitWindow} from '../ui/limit_window';
import {Card, Chip, Empty, Skeleton} from '../ui/parts';
import {complain, reasonOf, say} from '../ui/toast';
import {BanDialog} from './ban_dialog';
import {Binding} from './binding';
import {Confirm} from './confirm';
import {LimitsEditor} from './limits_editor';
import {UserKeys} from './user_keys';
import {mayChange, usedOf} from './users';

interface UsageRows {
  rows: {at: string; requests: number; total_tokens: number}[];
}

function Hours({name}: {name: string}) {
  const t = words().users;
  const {data} = usePoll<UsageRows>(`/admin/usage/series?by=user&name=${encodeURIComponent(name)}&bucket=hour&since=1d`, 60_000);
  const rows = (data?.rows ?? []).slice(-24);
  if (rows.length === 0) return null;
  const most = Math.max(1, ...rows.map((row) => row.total_tokens));
  const sum = rows.reduce((total, row) => total + row.total_tokens, 0);
  return (
    <Card title={t.usageByHour} aside={<span class="quiet small numbers">{integer(sum)}</span>}>
      <svg class="spark" viewBox={`0 0 ${rows.length * 10} 40`} preserveAspectRatio="none" role="img" aria-label={`${t.usageByHour}: ${integer(sum)}`}>
        {rows.map((row, index) => {
          const height = row.total_tokens === 0 ? 0.6 : Math.max(1.5, (row.total_tokens / most) * 38);
          return (
            <rect key={row.at} x={index * 10 + 1} y={40 - height} width={8} height={height} rx={1} class={row.total_tokens === 0 ? 'low' : ''}>
              <title>{`${shortClock(Date.parse(row.at))}  ${integer(row.total_tokens)}`}</title>
            </rect>
          );
        })}
      </svg>
      <div class="window"><div class="low"><span>{shortClock(Date.parse(rows[0]?.at ?? ''))}</span><span>{words().now}</span></div></div>
    </Card>
  );
}

function bansOf(user: User, bans: Ban[]): Ban[] {
  const keys = new Set(user.keys.map((key) => key.name));
  return bans.filter((ban) => (ban.kind === 'user' && ban.name === user.user_id) || (ban.kind === 'key' && keys.has(ban.name ?? '')));
}

function Bans({user, onChange}: {user: User; onChange: () => void}) {
  const t = words().users;
  const {data, reload} = usePoll<{bans: Ban[]}>('/admin/bans', 3000);
  const lift = async (ban: Ban) => {
    if (!mayChange()) return;
    try {
      await send('DELETE', `/admin/bans/${ban.scope}`);
      say(t.lifted);
      void reload();
      onChange();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <>
      {bansOf(user, data?.bans ?? []).map((ban) => (
        <div class="notice grave" key={ban.scope} data-ban={ban.kind}>
          <Icon name="warning" />
          <div>
            <b>{ban.until === null ? t.bannedForGood : fill(t.bannedUntil, {time: instant(ban.until)})}</b>
            <div class="small">{ban.kind === 'key' ? `${ban.name} · ` : ''}{ban.reason}</div>
          </div>
          <span class="spring" />
          <button type="button" class="button little" onClick={() => void lift(ban)}>{t.lift}</button>
        </div>
      ))}
    </>
  );
}

export function UserDetail({name, onChange}: {name: string; onChange: () => void}) {
  const t = words();
  const {data: user, error, reload} = usePoll<User>(`/admin/users/${segment(name)}`, 1000);
  const [dialog, setDialog] = useState<'ban' | 'delete' | null>(null);
  const changed = () => {
    void reload();
    onChange();
  };
  const back = <a class="button little back-link" href={link('users')}><Icon name="back" />{t.users.back}</a>;
  if (!user && error === null) return <Card><Skeleton /></Card>;
  if (!user) return <Card>{back}<Empty icon="warning" title={t.problem.failed}>{reasonOf(error)}</Empty></Card>;
  const remove = async () => {
    setDialog(null);
    try {
      await send('DELETE', `/admin/users/${segment(name)}`);
      say(t.users.deleted);
      onChange();
      go('users');
    } catch (problem) {
      complain(problem);
    }
  };
  return (
    <div class="grid" data-detail={user.user_id}>
      {back}
      <div class="person">
        <h2>{user.display_name}</h2>
        {user.banned && <Chip mood="bad">{t.users.banned}</Chip>}
        {user.disabled && <Chip>{t.users.disabled}</Chip>}
        {user.groups.map((group) => <Chip key={group}>{group}</Chip>)}
        <span class="quiet small">{user.description}</span>
        <span class="spring" />
        <button type="button" class="button little danger" onClick={() => mayChange() && setDialog('ban')}>{t.users.ban}</button>
        {user.source === 'admin' && (
          <button type="button" class="button little danger" aria-label={t.users.deleteUser} title={t.users.deleteUser} onClick={() => mayChange() && setDialog('delete')}>
            <Icon name="trash" />
          </button>
        )}
      </div>
      <Bans user={user} onChange={changed} />
      <Card
        title={t.users.used}
        aside={
          <span class="quiet small numbers">
            {t.users.total} <span data-figure="total_tokens">{integer(user.total_tokens)}</span>
            {' · '}{t.users.lastUsed} {user.last_used ? ago(Date.parse(user.last_used)) : t.users.never}
          </span>
        }
      >
        <div class="windows">
          {limitKinds.map((kind) => (
            <LimitWindow key={kind} kind={kind} used={usedOf[kind](user)} limit={user.limits[kind]} source={user.sources?.[kind]} resetMs={user.reset_ms[kind]} />
          ))}
        </div>
      </Card>
      <Binding of={{user: name}} />
      <LimitsEditor path={`/admin/users/${segment(name)}/limits`} onChange={changed} />
      <UserKeys user={user} onChange={changed} />
      <Hours name={name} />
      {dialog === 'ban' && <BanDialog user={user.user_id} onClose={() => { setDialog(null); changed(); }} />}
      {dialog === 'delete' && <Confirm title={t.users.deleteUser} text={t.users.deleteSure} action={t.users.deleteUser} onClose={() => setDialog(null)} onConfirm={() => void remove()} />}
    </div>
  );
}

// Who uses what: a list to search on the left, one user with all windows, limits and keys on the right.
import {useEffect, useState} from 'preact/hooks';
import {Head} from '../app';
import {fill, words} from '../i18n/words';
import {send} from '../lib/api';
import {compact, integer} from '../lib/format';
import {usePoll} from '../lib/poll';
import {go, link, place} from '../lib/router';
import {access, loginOpen} from '../lib/session';
import type {LimitKind, User} from '../lib/types';
import {Dialog, Field} from '../ui/dialog';
import {Icon} from '../ui/icons';
import {Bar, Card, Chip, Empty, Skeleton} from '../ui/parts';
import {complain, reasonOf, say} from '../ui/toast';
import {UserDetail} from './user_detail';

export const usedOf: Record<LimitKind, (user: User) => number> = {
  rpm: (user) => user.requests_this_minute,
  tpm: (user) => user.tokens_this_minute,
  rph: (user) => user.requests_this_hour,
  tph: (user) => user.tokens_this_hour,
  rpd: (user) => user.requests_today,
  daily: (user) => user.tokens_today,
  concurrent: (user) => user.in_flight,
};

// The window that is fullest: what a list can say about a user with one bar.
function fullest(user: User): number | null {
  const shares = (Object.keys(usedOf) as LimitKind[])
    .filter((kind) => user.limits[kind] !== null)
    .map((kind) => usedOf[kind](user) / Math.max(1, user.limits[kind] ?? 1));
  return shares.length > 0 ? Math.max(...shares) : null;
}

interface UserList {
  count: number;
  total?: number;
  users: User[];
}

const firstPage = 100;

function useDelayed(text: string): string {
  const [late, setLate] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setLate(text), 200);
    return () => clearTimeout(timer);
  }, [text]);
  return late;
}

export function mayChange(): boolean {
  if (access.value === 'admin') return true;
  loginOpen.value = true;
  return false;
}

function NewUser({onClose}: {onClose: (made: string | null) => void}) {
  const t = words().users;
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const make = async () => {
    try {
      await send<User>('POST', '/admin/users', {name: name.trim(), description: description.trim()});
      say(t.created);
      onClose(name.trim());
    } catch (error) {
      complain(error);
    }
  };
  return (
    <Dialog
      title={t.add}
      onClose={() => onClose(null)}
      onSubmit={() => void make()}
      actions={
        <>
          <button type="button" class="button" onClick={() => onClose(null)}>{words().cancel}</button>
          <button type="submit" class="button primary">{t.add}</button>
        </>
      }
    >
      <Field label={t.name}>
        <input class="input" name="name" required maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </Field>
      <Field label={t.description}>
        <input class="input" name="description" value={description} onInput={(event) => setDescription(event.currentTarget.value)} />
      </Field>
    </Dialog>
  );
}

function Row({user, chosen}: {user: User; chosen: boolean}) {
  const t = words().users;
  return (
    <li>
      <a href={link('users', user.user_id)} aria-current={chosen ? 'true' : undefined} data-user={user.user_id}>
        <b title={user.description}>{user.display_name}</b>
        <span>
          {user.banned && <Chip mood="bad">{t.banned}</Chip>}
          {user.disabled && <Chip>{t.disabled}</Chip>}
          <span class="small quiet"> {compact(user.tokens_today)} {t.today}</span>
        </span>
        <Bar share={fullest(user)} label={`${user.display_name}: ${t.used}`} />
      </a>
    </li>
  );
}

export function UsersPage() {
  const t = words().users;
  const [search, setSearch] = useState('');
  const [limit, setLimit] = useState(firstPage);
  const [adding, setAdding] = useState(false);
  const asked = useDelayed(search);
  const {data, error, reload} = usePoll<UserList>(`/admin/users?search=${encodeURIComponent(asked)}&limit=${limit}`, 3000);
  const chosen = place.value.argument;
  const total = data?.total ?? data?.count ?? 0;
  return (
    <>
      <Head>
        <button type="button" class="button little" onClick={() => mayChange() && setAdding(true)}>
          <Icon name="plus" />
          {t.add}
        </button>
      </Head>
      {adding && (
        <NewUser
          onClose={(made) => {
            setAdding(false);
            if (made) {
              void reload();
              go('users', made);
            }
          }}
        />
      )}
      <div class={`people ${chosen ? 'chosen' : ''}`}>
        <div class="card list">
          <div class="find">
            <input class="input" type="search" placeholder={t.searchHint} aria-label={t.searchHint} value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
          </div>
          {!data && !error && <div class="card"><Skeleton /></div>}
          {!data && error !== null && <Empty icon="warning" title={words().problem.failed}>{reasonOf(error)}</Empty>}
          {data && data.users.length === 0 && (
            asked ? <Empty icon="users" title={t.notFound} /> : <Empty icon="users" title={t.empty}>{t.emptyHint}</Empty>
          )}
          <ul class="rows">{data?.users.map((user) => <Row key={user.user_id} user={user} chosen={user.user_id === chosen} />)}</ul>
          {data && data.users.length > 0 && (
            <div class="foot">
              <span>{fill(t.ofTotal, {count: integer(data.users.length), total: integer(total)})}</span>
              {total > data.users.length && limit < 1000 && (
                <button type="button" class="button plain little" onClick={() => setLimit(Math.min(1000, limit + 300))}>{words().more}</button>
              )}
            </div>
          )}
        </div>
        <div class="detail">
          {chosen ? <UserDetail key={chosen} name={chosen} onChange={() => void reload()} /> : <Card><Empty icon="users" title={t.pick} /></Card>}
        </div>
      </div>
    </>
  );
}

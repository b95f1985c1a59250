// A user's API keys: a new one is shown once, here, and lives nowhere else in the page.
import {useState} from 'preact/hooks';
import {fill, words} from '../i18n/words';
import {send} from '../lib/api';
import {ago, instant, integer} from '../lib/format';
import {usePoll} from '../lib/poll';
import {go} from '../lib/router';
import {limitKinds, type KeyFigures, type User} from '../lib/types';
import {Dialog, Field} from '../ui/dialog';
import {Icon} from '../ui/icons';
import {Card, Chip} from '../ui/parts';
import {complain, say} from '../ui/toast';
import {Confirm} from './confirm';
import {KeyLimits} from './key_limits';
import {chosenKey} from './playground_key';
import {mayChange} from './users';

interface NewKey extends KeyFigures {
  key: string;
}

const expiries = {never: null, d1: 86400, d30: 30 * 86400, d90: 90 * 86400} as const;
type Expiry = keyof typeof expiries;

function Shown({made, onClose}: {made: NewKey; onClose: () => void}) {
  const t = words();
  const copy = () =>
    navigator.clipboard?.writeText(made.key).then(() => say(t.copied)).catch(complain);
  return (
    <Dialog
      title={t.users.newKey}
      onClose={onClose}
      onSubmit={onClose}
      actions={
        <>
          <button
            type="button"
            class="button"
            onClick={() => {
              chosenKey.value = {kind: 'own', key: made.key};
              go('playground');
              onClose();
            }}
          >
            {t.users.tryKey}
          </button>
          <button type="submit" class="button primary">{t.users.keyDone}</button>
        </>
      }
    >
      <p class="warn">{t.users.keyOnce}</p>
      <div class="secret">
        <code data-new-key>{made.key}</code>
        <button type="button" class="button plain little" aria-label={t.copy} title={t.copy} onClick={copy}><Icon name="copy" /></button>
      </div>
    </Dialog>
  );
}

function Make({user, onMade, onClose}: {user: string; onMade: (key: NewKey) => void; onClose: () => void}) {
  const t = words().users;
  const [label, setLabel] = useState('');
  const [expiry, setExpiry] = useState<Expiry>('never');
  const make = async () => {
    const seconds = expiries[expiry];
    try {
      onMade(await send<NewKey>('POST', '/admin/keys', {user, ...(label ? {label} : {}), ...(seconds ? {expires_in_seconds: seconds} : {})}));
    } catch (error) {
      complain(error);
    }
  };
  return (
    <Dialog
      title={`${t.newKey}: ${user}`}
      onClose={onClose}
      onSubmit={() => void make()}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>{words().cancel}</button>
          <button type="submit" class="button primary">{t.newKey}</button>
        </>
      }
    >
      <Field label={t.keyLabel}>
        <input class="input" name="label" value={label} onInput={(event) => setLabel(event.currentTarget.value)} />
      </Field>
      <Field label={t.keyExpiry}>
        <select class="input" name="expiry" value={expiry} onChange={(event) => setExpiry(event.currentTarget.value as Expiry)}>
          {(Object.keys(expiries) as Expiry[]).map((name) => <option key={name} value={name}>{t.keyExpiries[name]}</option>)}
        </select>
      </Field>
    </Dialog>
  );
}

interface RowProps {
  of: KeyFigures;
  open: boolean;
  onLimits: () => void;
  onRotate: () => void;
  onRevoke: () => void;
}

function Row({of: key, open, onLimits, onRotate, onRevoke}: RowProps) {
  const t = words();
  const own = limitKinds.filter((kind) => (key.limits?.[kind] ?? null) !== null).length;
  return (
    <div class="key">
      <div>
        <code>{key.mask ?? key.name}</code> {key.label && <span class="quiet small">{key.label}</span>}
        {key.published && <div class="small warn">{t.users.published}</div>}
      </div>
      <div>
        <Chip mood={key.banned ? 'bad' : key.state === 'active' ? 'good' : undefined}>
          {key.banned ? t.users.banned : t.users.state[key.state] ?? key.state}
        </Chip>
        {key.expires_at && <div class="small quiet">~ {instant(key.expires_at)}</div>}
      </div>
      <div class="small quiet">{key.last_used ? ago(Date.parse(key.last_used)) : t.users.never}</div>
      {key.state === 'active' && (
        <div class="doing">
          <button type="button" class="button plain little" title={t.users.keyLimitsHint} aria-expanded={open} onClick={onLimits}>
            {own > 0 ? fill(t.limits.someSet, {count: integer(own)}) : t.users.limits}
          </button>
          <button type="button" class="button plain little" title={t.users.rotateHint} onClick={() => mayChange() && onRotate()}>{t.users.rotate}</button>
          <button type="button" class="button plain little danger" onClick={() => mayChange() && onRevoke()}>{t.users.revoke}</button>
        </div>
      )}
    </div>
  );
}

export function UserKeys({user, onChange}: {user: User; onChange: () => void}) {
  const t = words().users;
  const {data, reload} = usePoll<{keys: KeyFigures[]}>(`/admin/keys?user=${encodeURIComponent(user.user_id)}`, 5000);
  const keys = data?.keys ?? user.keys;
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewKey | null>(null);
  const [revoking, setRevoking] = useState<KeyFigures | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const changed = () => {
    void reload();
    onChange();
  };
  const revoke = async (key: KeyFigures) => {
    setRevoking(null);
    try {
      await send('DELETE', `/admin/keys/${key.id}`);
      say(t.revoked);
      changed();
    } catch (error) {
      complain(error);
    }
  };
  const rotate = async (key: KeyFigures) => {
    try {
      setMade(await send<NewKey>('POST', `/admin/keys/${key.id}/rotate`, {overlap_seconds: 3600}));
      changed();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <Card
      title={t.keys}
      aside={<button type="button" class="button little" onClick={() => mayChange() && setMaking(true)}><Icon name="key" />{t.newKey}</button>}
    >
      {keys.length === 0 && <p class="quiet small">{t.noKeys}</p>}
      <ul class="keys">
        {keys.map((key) => (
          <li key={key.id} data-key={key.id}>
            <Row
              of={key}
              open={opened === key.id}
              onLimits={() => setOpened(opened === key.id ? null : key.id)}
              onRotate={() => void rotate(key)}
              onRevoke={() => setRevoking(key)}
            />
            {opened === key.id && key.state === 'active' && <KeyLimits of={key} onChange={changed} />}
          </li>
        ))}
      </ul>
      {making && <Make user={user.user_id} onClose={() => setMaking(false)} onMade={(key) => { setMaking(false); setMade(key); changed(); }} />}
      {made && <Shown made={made} onClose={() => setMade(null)} />}
      {revoking && <Confirm title={`${t.revoke}: ${revoking.mask ?? revoking.name}`} text={t.revokeSure} action={t.revoke} onClose={() => setRevoking(null)} onConfirm={() => void revoke(revoking)} />}
    </Card>
  );
}

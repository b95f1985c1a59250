// Bans a user by hand, for a time or until lifted.
import {useState} from 'preact/hooks';
import {words} from '../i18n/words';
import {send} from '../lib/api';
import {Dialog, Field} from '../ui/dialog';
import {complain, say} from '../ui/toast';

const seconds = {m10: 600, h1: 3600, d1: 86400, forever: null} as const;
type Duration = keyof typeof seconds;

export function BanDialog({user, onClose}: {user: string; onClose: () => void}) {
  const t = words().users;
  const [duration, setDuration] = useState<Duration>('h1');
  const [reason, setReason] = useState('');
  const ban = async () => {
    try {
      await send('POST', '/admin/bans', {user, duration_seconds: seconds[duration], ...(reason ? {reason} : {})});
      say(t.bannedNow);
      onClose();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <Dialog
      title={`${t.ban}: ${user}`}
      onClose={onClose}
      onSubmit={() => void ban()}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>{words().cancel}</button>
          <button type="submit" class="button danger">{t.ban}</button>
        </>
      }
    >
      <Field label={t.banFor}>
        <select class="input" name="duration" value={duration} onChange={(event) => setDuration(event.currentTarget.value as Duration)}>
          {(Object.keys(seconds) as Duration[]).map((name) => <option key={name} value={name}>{t.banDurations[name]}</option>)}
        </select>
      </Field>
      <Field label={t.banReason}>
        <input class="input" name="reason" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </Field>
    </Dialog>
  );
}

// Logging in with the admin key: as a page of its own, or as a dialog for a reader who wants to change something.
import {useState} from 'preact/hooks';
import {LookButtons} from '../app';
import {words} from '../i18n/words';
import {ApiError} from '../lib/api';
import {logIn, loginOpen} from '../lib/session';
import {Dialog, Field} from './dialog';
import {Mark} from './icons';
import {reasonOf} from './toast';

function useLogin() {
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await logIn(key);
      setKey('');
    } catch (error) {
      setProblem(error instanceof ApiError && error.status === 0 ? words().login.unreachable : reasonOf(error));
    } finally {
      setBusy(false);
    }
  };
  const field = (
    <>
      <Field label={words().login.key} hint={words().login.hint}>
        <input
          class="input"
          type="password"
          name="key"
          autocomplete="current-password"
          required
          value={key}
          aria-invalid={problem !== null}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </Field>
      {problem && <p class="bad small" role="alert">{problem}</p>}
    </>
  );
  return {field, busy, submit};
}

export function LoginPage() {
  const t = words();
  const {field, busy, submit} = useLogin();
  return (
    <main class="login-page">
      <form class="login-card" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <div class="brand">
          <Mark />
          <span><b>{t.product}</b>SGLang · vLLM</span>
        </div>
        <div>
          <h1>{t.login.title}</h1>
          <p class="quiet small">{t.login.lead}</p>
        </div>
        {field}
        <button class="button primary" type="submit" disabled={busy}>{t.login.submit}</button>
        <div class="side-row"><LookButtons /><a class="small" href="/simple">{t.simpleView}</a></div>
      </form>
    </main>
  );
}

export function LoginDialog() {
  const t = words();
  const {field, busy, submit} = useLogin();
  const close = () => (loginOpen.value = false);
  return (
    <Dialog
      title={t.login.title}
      onClose={close}
      onSubmit={() => void submit()}
      actions={
        <>
          <button type="button" class="button" onClick={close}>{t.cancel}</button>
          <button type="submit" class="button primary" disabled={busy}>{t.login.submit}</button>
        </>
      }
    >
      {field}
    </Dialog>
  );
}

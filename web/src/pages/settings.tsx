// The configuration in force, with where each value comes from, and what this browser shows.
import {useState} from 'preact/hooks';
import {Head, LookButtons} from '../app';
import {words} from '../i18n/words';
import {send} from '../lib/api';
import {usePoll} from '../lib/poll';
import {access, logOut, loginOpen, version} from '../lib/session';
import {Card, Empty, Skeleton} from '../ui/parts';
import {complain, reasonOf, say} from '../ui/toast';
import {mayChange} from './users';

interface Value {
  path: string;
  value: unknown;
  source: string;
}

interface ConfigAnswer {
  yaml: string;
  values?: Value[];
}

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function Values({values}: {values: Value[]}) {
  const t = words().settings;
  const [filter, setFilter] = useState('');
  const found = values.filter((one) => one.path.toLowerCase().includes(filter.toLowerCase()));
  return (
    <>
      <input class="input" type="search" placeholder={t.filter} aria-label={t.filter} value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
      <div class="scroll">
        <table class="values">
          <thead><tr><th scope="col">{t.name}</th><th scope="col">{t.value}</th><th scope="col">{t.source}</th></tr></thead>
          <tbody>
            {found.map((one) => (
              <tr key={one.path}>
                <th scope="row" class="mono">{one.path}</th>
                <td class="mono">{shown(one.value)}</td>
                <td class="quiet small">{words().users.source[one.source] ?? one.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

export function SettingsPage() {
  const t = words().settings;
  const {data, error, reload} = usePoll<ConfigAnswer>('/admin/config');
  const readAgain = async () => {
    if (!mayChange()) return;
    try {
      await send('POST', '/admin/reload');
      say(t.reloaded);
      void reload();
    } catch (problem) {
      complain(problem);
    }
  };
  return (
    <>
      <Head><button type="button" class="button little" onClick={() => void readAgain()}>{t.reload}</button></Head>
      <div class="grid">
        <div class="grid three">
          <Card title={t.appearance}><LookButtons /></Card>
          <Card title={t.session}>
            {access.value === 'admin'
              ? <button type="button" class="button little" onClick={() => logOut().catch(complain)}>{words().login.out}</button>
              : <div class="grid" style={{gap: '0.6rem'}}><p class="quiet small">{words().login.readerHint}</p><div><button type="button" class="button little" onClick={() => (loginOpen.value = true)}>{words().login.submit}</button></div></div>}
          </Card>
          <Card title={t.version}><b>{version.value}</b> <a class="small" href="/simple">{words().simpleView}</a></Card>
        </div>
        <Card title={t.effective} aside={<span class="quiet small">{t.hint}</span>}>
          {!data && error === null && <Skeleton />}
          {!data && error !== null && <Empty icon="warning" title={words().problem.failed}>{reasonOf(error)}</Empty>}
          {data?.values && <Values values={data.values} />}
          {data && !data.values && <pre class="yaml mono" tabIndex={0}>{data.yaml}</pre>}
        </Card>
      </div>
    </>
  );
}

// The configuration in force, with where each value comes from, and what this browser shows.
import {useState} from 'preact/hooks';
import {Head, LookButtons} from '../app';
import {fill, words} from '../i18n/words';
import {send} from '../lib/api';
import {usePoll} from '../lib/poll';
import {access, logOut, loginOpen, version} from '../lib/session';
import {Card, Chip, Empty, Segmented, Skeleton} from '../ui/parts';
import {complain, reasonOf, say} from '../ui/toast';
import {mayChange} from './users';

interface Value {
  path: string;
  value: string;
  source: string;
  file: string | null;
  line: number | null;
  variables: string | null;
  after_restart: string | null;
}

interface ConfigAnswer {
  values: Value[];
}

function Source({of}: {of: Value}) {
  const t = words().settings;
  return (
    <>
      <span>{t.sources[of.source] ?? of.source}</span>
      {of.variables !== null && <> <code>{of.variables}</code></>}
      {of.file !== null && <div class="small quiet place">{of.file}{of.line !== null && `:${of.line}`}</div>}
    </>
  );
}

function Values({values}: {values: Value[]}) {
  const t = words().settings;
  const [filter, setFilter] = useState('');
  const [said, setSaid] = useState<'all' | 'said'>('all');
  const found = values.filter((one) => one.path.toLowerCase().includes(filter.trim().toLowerCase()) && (said === 'all' || one.source !== 'default'));
  return (
    <>
      <div class="row filters">
        <input class="input" type="search" placeholder={t.filter} aria-label={t.filter} value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
        <Segmented label={t.source} value={said} choices={[['all', t.all], ['said', t.said]] as const} onChange={setSaid} />
      </div>
      {found.length === 0 && <Empty icon="settings" title={t.none} />}
      {found.length > 0 && (
        <div class="scroll">
          <table class="values">
            <thead><tr><th scope="col">{t.name}</th><th scope="col">{t.value}</th><th scope="col">{t.source}</th></tr></thead>
            <tbody>
              {found.map((one) => (
                <tr key={one.path} data-setting={one.path} data-source={one.source}>
                  <th scope="row" class="mono">{one.path}</th>
                  <td class="mono">
                    {one.value === '' ? <span class="quiet">{t.empty}</span> : one.value}
                    {one.after_restart !== null && (
                      <div class="small"><Chip mood="warn">{fill(t.afterRestart, {value: one.after_restart === '' ? t.empty : one.after_restart})}</Chip></div>
                    )}
                  </td>
                  <td class="from"><Source of={one} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="quiet small">{t.elsewhere}</p>
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
          {data && <Values values={data.values} />}
        </Card>
      </div>
    </>
  );
}

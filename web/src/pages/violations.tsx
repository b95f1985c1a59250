// Who was refused and why, who is banned, and who changed what.
import {useState} from 'preact/hooks';
import {Head} from '../app';
import {fill, words} from '../i18n/words';
import {get, send} from '../lib/api';
import {instant, integer, span} from '../lib/format';
import {usePoll} from '../lib/poll';
import {link} from '../lib/router';
import type {AuditEntry, Ban, Known, Violation} from '../lib/types';
import {Bar, Card, Chip, Empty, Segmented, Skeleton} from '../ui/parts';
import {complain, reasonOf, say} from '../ui/toast';
import {mayChange} from './users';

interface Violations {
  since: string | null;
  total: number;
  violations: Violation[];
  by_limit: Record<string, number>;
}

function Failed({error}: {error: unknown}) {
  return <Card><Empty icon="warning" title={words().problem.failed}>{reasonOf(error)}</Empty></Card>;
}

function ByLimit({counts}: {counts: Record<string, number>}) {
  const t = words();
  const rows = Object.entries(counts).filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);
  const most = rows[0]?.[1] ?? 1;
  return (
    <ul class="ranking numbers">
      {rows.map(([name, count]) => (
        <li key={name}><span>{t.refusal[name] ?? name}</span><b>{integer(count)}</b><Bar plain share={count / most} label={t.refusal[name] ?? name} /></li>
      ))}
    </ul>
  );
}

// A ban counts nothing.
const amount = (one: Violation, value: Known) => (one.limit === 'ban' ? null : value);

function Refusals() {
  const t = words();
  const {data, error} = usePoll<Violations>('/admin/violations?limit=200', 2000);
  if (!data) return error === null ? <Skeleton /> : <Failed error={error} />;
  if (data.violations.length === 0) return <Card><Empty icon="violations" title={t.violations.noRefusals}>{t.violations.noRefusalsHint}</Empty></Card>;
  return (
    <div class="grid">
      <Card title={t.overview.refusals} aside={<span class="quiet small">{data.since ? fill(t.violations.since, {time: instant(data.since), total: integer(data.total)}) : integer(data.total)}</span>}>
        <ByLimit counts={data.by_limit} />
      </Card>
      <Card>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{t.violations.when}</th>
                <th scope="col">{t.violations.who}</th>
                <th scope="col">{t.violations.limit}</th>
                <th scope="col" class="n">{t.violations.used}</th>
                <th scope="col" class="n">{t.violations.asked}</th>
                <th scope="col" class="n">{t.violations.allowed}</th>
                <th scope="col" class="n">{t.violations.wait}</th>
              </tr>
            </thead>
            <tbody>
              {data.violations.map((one) => (
                <tr key={one.request_id} data-violation={one.limit}>
                  <td class="nowrap quiet">{instant(one.at)}</td>
                  <td><a href={link('users', one.user_id)}>{one.user_id}</a> <code class="quiet small">{one.key}</code></td>
                  <td class="nowrap"><Chip mood={one.status === 403 ? 'bad' : 'warn'}>{t.refusal[one.limit] ?? one.limit}</Chip></td>
                  <td class="n">{integer(amount(one, one.used))}</td>
                  <td class="n">{integer(amount(one, one.requested))}</td>
                  <td class="n">{integer(amount(one, one.allowed))}</td>
                  <td class="n">{one.never ? t.violations.neverFits : span(one.retry_after_ms)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
    </div>
  );
}

function Bans() {
  const t = words();
  const {data, error, reload} = usePoll<{bans: Ban[]}>('/admin/bans', 3000);
  if (!data) return error === null ? <Skeleton /> : <Failed error={error} />;
  if (data.bans.length === 0) return <Card><Empty icon="users" title={t.violations.noBans} /></Card>;
  const lift = async (ban: Ban) => {
    if (!mayChange()) return;
    try {
      await send('DELETE', `/admin/bans/${ban.scope}`);
      say(t.users.lifted);
      void reload();
    } catch (problem) {
      complain(problem);
    }
  };
  return (
    <Card>
      <div class="scroll">
        <table>
          <thead>
            <tr><th scope="col">{t.violations.who}</th><th scope="col">{t.violations.until}</th><th scope="col">{t.violations.reason}</th><th scope="col" /></tr>
          </thead>
          <tbody>
            {data.bans.map((ban) => (
              <tr key={ban.scope}>
                <td>{ban.kind === 'user' && ban.name ? <a href={link('users', ban.name)}>{ban.name}</a> : <code>{ban.name ?? ban.scope}</code>}</td>
                <td>{ban.until ? instant(ban.until) : t.violations.untilLifted}</td>
                <td><Chip>{ban.manual ? t.violations.manual : t.violations.automatic}</Chip> {ban.reason}</td>
                <td class="n"><button type="button" class="button little" onClick={() => void lift(ban)}>{t.users.lift}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

interface AuditPage {
  entries: AuditEntry[];
  next: string | null;
}

const short = (value: unknown) => (value === null || value === undefined ? '–' : JSON.stringify(value, null, 1).replace(/^\{\n|\n\}$/g, '').replace(/"/g, ''));

function Audit() {
  const t = words();
  const {data, error} = usePoll<AuditPage>('/admin/audit?limit=100', 5000);
  const [older, setOlder] = useState<AuditEntry[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  if (!data) return error === null ? <Skeleton /> : <Failed error={error} />;
  const entries = [...data.entries, ...older];
  const following = next === undefined ? data.next : next;
  if (entries.length === 0) return <Card><Empty icon="clock" title={t.violations.noAudit}>{t.violations.noAuditHint}</Empty></Card>;
  const more = async () => {
    try {
      const page = await get<AuditPage>(`/admin/audit?limit=100&before=${encodeURIComponent(following ?? '')}`);
      setOlder([...older, ...page.entries]);
      setNext(page.next);
    } catch (problem) {
      complain(problem);
    }
  };
  return (
    <Card>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{t.violations.when}</th>
              <th scope="col">{t.violations.who}</th>
              <th scope="col">{t.violations.what}</th>
              <th scope="col">{t.violations.before}</th>
              <th scope="col">{t.violations.after}</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={entry.id} data-audit={entry.action}>
                <td class="nowrap quiet">{instant(entry.at)}</td>
                <td><code class="small">{entry.who}</code></td>
                <td>{t.violations.action[entry.action] ?? entry.action}<div class="small quiet">{entry.target}</div></td>
                <td><pre class="json">{short(entry.before)}</pre></td>
                <td><pre class="json">{short(entry.after)}</pre></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {following && <button type="button" class="button little" onClick={() => void more()}>{t.more}</button>}
    </Card>
  );
}

type Tab = 'refusals' | 'bans' | 'audit';

export function ViolationsPage() {
  const t = words().violations;
  const [tab, setTab] = useState<Tab>('refusals');
  return (
    <>
      <Head>
        <Segmented label={words().pages.violations} value={tab} choices={[['refusals', t.refusals], ['bans', t.bans], ['audit', t.audit]] as const} onChange={setTab} />
      </Head>
      {tab === 'refusals' && <Refusals />}
      {tab === 'bans' && <Bans />}
      {tab === 'audit' && <Audit />}
    </>
  );
}

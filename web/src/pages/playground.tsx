// A chat through the gateway with a chosen key, and beside it the bill: what was counted, reserved, used, and how fast.
import {useEffect, useRef, useState} from 'preact/hooks';
import {Head} from '../app';
import {words} from '../i18n/words';
import {chat, ChatRefused, type Bill, type Turn} from '../lib/chat';
import {integer, latency, rate, span} from '../lib/format';
import {usePoll} from '../lib/poll';
import {access} from '../lib/session';
import type {KeyFigures} from '../lib/types';
import {Field} from '../ui/dialog';
import {Icon} from '../ui/icons';
import {Card, Empty} from '../ui/parts';
import {reasonOf} from '../ui/toast';
import {chosenKey} from './playground_key';

interface Shown extends Turn {
  problem?: boolean;
}

function KeyChoice() {
  const t = words().playground;
  const {data} = usePoll<{keys: KeyFigures[]}>(access.value === 'admin' ? '/admin/keys?state=active&limit=1000' : null);
  const keys = (data?.keys ?? []).filter((key) => key.scope !== undefined);
  const chosen = chosenKey.value;
  const value = chosen.kind === 'listed' ? String(chosen.scope) : 'own';
  useEffect(() => {
    const first = keys[0];
    if (chosen.kind === 'own' && chosen.key === '' && first?.scope !== undefined) chosenKey.value = {kind: 'listed', scope: first.scope};
  }, [data]);
  return (
    <>
      <Field label={t.key}>
        <select
          class="input"
          name="whose"
          value={value}
          onChange={(event) => {
            const picked = event.currentTarget.value;
            chosenKey.value = picked === 'own' ? {kind: 'own', key: ''} : {kind: 'listed', scope: Number(picked)};
          }}
        >
          {keys.map((key) => <option key={key.id} value={String(key.scope)}>{`${key.user_id} · ${key.mask}`}</option>)}
          <option value="own">{t.ownKey}</option>
        </select>
      </Field>
      {chosen.kind === 'own' && (
        <Field label={t.keyField}>
          <input class="input mono" name="key" type="password" autocomplete="off" value={chosen.key} onInput={(event) => (chosenKey.value = {kind: 'own', key: event.currentTarget.value})} />
        </Field>
      )}
    </>
  );
}

function BillCard({bill}: {bill: Bill}) {
  const t = words().playground;
  const generating = bill.totalMs !== null && bill.firstTokenMs !== null ? bill.totalMs - bill.firstTokenMs : null;
  const tokens = bill.completionTokens;
  const per = generating !== null && tokens !== null && tokens > 1 ? generating / (tokens - 1) : null;
  const rows: [string, string, string][] = [
    ['counted', t.counted, `${integer(bill.counted)}${bill.method ? ` (${t.method[bill.method] ?? bill.method})` : ''}`],
    ['reserved', t.reserved, integer(bill.reserved)],
    ['prompt', t.actualIn, integer(bill.promptTokens)],
    ['cached', t.cached, integer(bill.cachedTokens)],
    ['completion', t.actualOut, integer(tokens)],
    ['first', t.firstToken, latency(bill.firstTokenMs)],
    ['per', t.perToken, latency(per)],
    ['total', t.total, latency(bill.totalMs)],
    ['speed', t.speed, per === null ? '–' : `${rate(1000 / per)} ${words().engine.tokensPerSecond}`],
  ];
  return (
    <>
      <Card title={t.account} aside={<span class={`chip ${bill.status === 200 ? 'good' : 'bad'}`} data-bill="status">{bill.status}</span>}>
        <dl class="facts numbers">{rows.map(([id, label, value]) => [<dt key={`${id}t`}>{label}</dt>, <dd key={id} data-bill={id}>{value}</dd>])}</dl>
      </Card>
      <Card title={t.headers}>
        <div class="headers">
          <dl>{bill.headers.map(([name, value]) => [<dt key={`${name}t`} class="quiet">{name}</dt>, <dd key={name} class="mono">{value}</dd>])}</dl>
        </div>
      </Card>
    </>
  );
}

function useModels(): string[] {
  const {data} = usePoll<{model: string}>('/health');
  const all = usePoll<{data: {id: string}[]}>('/v1/models');
  return all.data?.data.map((card) => card.id) ?? (data ? [data.model] : []);
}

const numberOr = (text: string) => (text.trim() === '' || !Number.isFinite(Number(text)) ? null : Number(text));

export function PlaygroundPage() {
  const t = words().playground;
  const models = useModels();
  const [model, setModel] = useState('');
  const [turns, setTurns] = useState<Shown[]>([]);
  const [draft, setDraft] = useState('');
  const [system, setSystem] = useState('');
  const [maxTokens, setMaxTokens] = useState('256');
  const [temperature, setTemperature] = useState('0.7');
  const [stream, setStream] = useState(true);
  const [bill, setBill] = useState<Bill | null>(null);
  const [running, setRunning] = useState<AbortController | null>(null);
  const bottom = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (bottom.current) bottom.current.scrollTop = bottom.current.scrollHeight;
  }, [turns]);
  useEffect(() => () => running?.abort(), [running]);

  const send = async () => {
    const text = draft.trim();
    if (text === '' || running) return;
    const past = turns.filter((turn) => !turn.problem).map(({role, content}) => ({role, content}));
    const asked: Turn[] = [...(system.trim() ? [{role: 'system' as const, content: system.trim()}] : []), ...past, {role: 'user', content: text}];
    const shown: Shown[] = [...turns, {role: 'user', content: text}];
    setTurns(shown);
    setDraft('');
    const controller = new AbortController();
    setRunning(controller);
    let answer = '';
    const show = (turn: Shown) => setTurns([...shown, turn]);
    try {
      await chat(
        {key: chosenKey.value, model: model || models[0] || '', turns: asked, maxTokens: numberOr(maxTokens), temperature: numberOr(temperature), stream},
        {onText: (more) => show({role: 'assistant', content: (answer += more)}), onBill: setBill},
        controller.signal,
      );
    } catch (error) {
      const wait = error instanceof ChatRefused && error.reason.retryAfter ? ` (${words().violations.wait}: ${span(error.reason.retryAfter * 1000)})` : '';
      const reason = controller.signal.aborted ? t.stopped : `${reasonOf(error)}${wait}`;
      setTurns([...shown, ...(answer ? [{role: 'assistant' as const, content: answer}] : []), {role: 'assistant', content: reason, problem: true}]);
    } finally {
      setRunning(null);
    }
  };

  return (
    <>
      <Head>
        <button type="button" class="button little" disabled={turns.length === 0} onClick={() => { setTurns([]); setBill(null); }}>{t.clear}</button>
      </Head>
      <div class="talk">
        <Card>
          <div class="turns" ref={bottom} aria-live="polite" tabIndex={0} aria-label={t.title}>
            {turns.length === 0 && <Empty icon="playground" title={t.empty}>{t.emptyHint}</Empty>}
            {turns.map((turn, index) => (
              <div key={index} class={`turn ${turn.problem ? 'error' : turn.role}`} data-turn={turn.problem ? 'problem' : turn.role}>
                {!turn.problem && turn.role === 'assistant' && <small>{t.assistant}</small>}
                {turn.content}
              </div>
            ))}
          </div>
          <form class="compose" onSubmit={(event) => { event.preventDefault(); void send(); }}>
            <textarea
              class="input"
              name="message"
              rows={2}
              aria-label={t.placeholder}
              placeholder={t.placeholder}
              value={draft}
              onInput={(event) => setDraft(event.currentTarget.value)}
              onKeyDown={(event) => {
                // While a syllable is being composed, Enter belongs to the input method.
                if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
                  event.preventDefault();
                  void send();
                }
              }}
            />
            {running
              ? <button type="button" class="button" onClick={() => running.abort()}>{t.stop}</button>
              : <button type="submit" class="button primary"><Icon name="send" />{t.send}</button>}
          </form>
        </Card>
        <div class="grid">
          <Card>
            <div class="grid" style={{gap: '0.8rem'}}>
              <KeyChoice />
              <Field label={t.model}>
                <select class="input" name="model" value={model || models[0]} onChange={(event) => setModel(event.currentTarget.value)}>
                  {models.map((name) => <option key={name} value={name}>{name}</option>)}
                </select>
              </Field>
              <div class="grid two" style={{gap: '0.8rem'}}>
                <Field label={t.maxTokens}><input class="input" name="max_tokens" inputMode="numeric" value={maxTokens} onInput={(event) => setMaxTokens(event.currentTarget.value)} /></Field>
                <Field label={t.temperature}><input class="input" name="temperature" inputMode="decimal" value={temperature} onInput={(event) => setTemperature(event.currentTarget.value)} /></Field>
              </div>
              <Field label={t.system}><textarea class="input" name="system" rows={2} value={system} onInput={(event) => setSystem(event.currentTarget.value)} /></Field>
              <label class="row small"><input type="checkbox" checked={stream} onChange={(event) => setStream(event.currentTarget.checked)} />{t.stream}</label>
              <p class="quiet small">{t.lead}</p>
            </div>
          </Card>
          {bill && <BillCard bill={bill} />}
        </div>
      </div>
    </>
  );
}

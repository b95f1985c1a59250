// What Korean costs in the models' own tokens: a text cut into its tokens, and how each model is counted.
import {useEffect, useState} from 'preact/hooks';
import {Head} from '../app';
import {fill, words} from '../i18n/words';
import {get, send} from '../lib/api';
import {fixed, integer, percent, unknownMark} from '../lib/format';
import {usePoll} from '../lib/poll';
import type {Series} from '../lib/types';
import {Card, Chip, Empty, Skeleton, Stat, Sub} from '../ui/parts';
import {complain} from '../ui/toast';
import {KoreanOverTime, perSyllable} from './korean_over_time';
import {groupsOf, type Piece} from './token_groups';

interface Drift {
  requests: number;
  exact: number;
  exact_share: number | null;
  worst: number;
  mean: number | null;
}

interface TokenInfo {
  token_count: number;
  method: 'exact' | 'estimate';
  estimate: number;
  model: string;
  characters: number;
  bytes: number;
  composition: Record<string, number>;
  tokens_per_syllable: number | null;
  tokenizer: string | null;
  chat_template: string;
  drift: Drift;
  pieces?: Piece[];
}

interface ModelCard {
  id: string;
}

const samples = [
  '대한민국의 수도는 서울입니다. 봄에는 벚꽃이 피고, 가을에는 단풍이 물듭니다.',
  'GPU 한 장을 열 명이 나누어 쓰면, 한도는 공평해야 합니다. Fair share for everyone!',
  '뷁뛣꿿 같은 드문 글자는 여러 토큰으로 나뉩니다. ㅋㅋㅋ',
];
const shownAtMost = 2000;
const kinds = ['hangul', 'latin', 'digits', 'blanks', 'other'] as const;

function Pieces({pieces, ids}: {pieces: Piece[]; ids: boolean}) {
  const t = words().tokens;
  return (
    <div class="pieces" lang="ko" data-pieces={pieces.length}>
      {groupsOf(pieces.slice(0, shownAtMost)).map((group, index) => (
        <span
          key={index}
          class={`c${index % 5} ${group.readable ? '' : 'raw'}`}
          title={`${group.ids.length > 1 ? `${t.split}: ` : ''}${t.token} ${group.ids.join(', ')}`}
        >
          {group.text}
          {ids && <small>{group.ids.join('·')}</small>}
          {!ids && group.ids.length > 1 && <small>{group.ids.length}</small>}
        </span>
      ))}
      {pieces.length > shownAtMost && <p class="quiet small">{fill(t.tooLong, {count: integer(shownAtMost)})}</p>}
    </div>
  );
}

function Figures({info}: {info: TokenInfo}) {
  const t = words().tokens;
  const exact = info.method === 'exact';
  const difference = exact && info.token_count > 0 ? info.estimate / info.token_count - 1 : null;
  return (
    <dl class="stats numbers">
      <Stat id="token_count" label={exact ? t.exact : t.estimate} value={integer(info.token_count)} unit={words().engine.tokens}>
        <Sub label={t.characters} value={integer(info.characters)} />
        <Sub label={t.bytes} value={integer(info.bytes)} />
      </Stat>
      <Stat id="per_syllable" label={t.perSyllable} value={fixed(info.tokens_per_syllable, 2)} />
      <Stat label={t.koreanShare} value={percent(info.composition.korean_share)} />
      <Stat id="estimate" label={t.estimate} value={integer(info.estimate)} unit={words().engine.tokens}>
        <Sub label={t.difference} value={difference === null ? unknownMark : `${difference > 0 ? '+' : ''}${percent(difference)}`} />
      </Stat>
    </dl>
  );
}

function Composition({info}: {info: TokenInfo}) {
  const t = words().tokens;
  const present = kinds.filter((kind) => (info.composition[kind] ?? 0) > 0);
  return (
    <div class="grid" style={{gap: '0.5rem'}}>
      <div class="mix" role="img" aria-label={present.map((kind) => `${t.kinds[kind]} ${info.composition[kind]}`).join(', ')}>
        {present.map((kind) => <i key={kind} class={kind} style={{flex: info.composition[kind] ?? 0}} />)}
      </div>
      <div class="legend">{present.map((kind) => <span key={kind}><i class={`dot ${kind}`} />{t.kinds[kind]} <b>{integer(info.composition[kind])}</b></span>)}</div>
    </div>
  );
}

function ModelRow({model}: {model: string}) {
  const t = words().tokens;
  const {data} = usePoll<TokenInfo>(`/token-info?model=${encodeURIComponent(model)}`, 10_000);
  const drift = data?.drift;
  const names = ['korean_tokens', 'korean_syllables'].map((name) => `model:${model}:${name}`);
  const day = usePoll<Series>(`/admin/series?name=${encodeURIComponent(names.join())}&from=-86400000&step=3600`, 60_000).data;
  const [tokens, syllables] = names.map((name) => day?.series[name]?.values ?? []);
  return (
    <tr>
      <th scope="row" class="mono">{model}</th>
      <td>{data ? <Chip mood={data.method === 'exact' ? 'good' : 'warn'}>{t[data.method]}</Chip> : unknownMark}</td>
      <td class="mono">{data?.tokenizer ?? unknownMark}</td>
      <td class="mono">{data?.chat_template ?? unknownMark}</td>
      <td>
        {!drift || drift.requests === 0
          ? <span class="quiet">{t.driftNone}</span>
          : `${fill(t.driftExact, {requests: integer(drift.requests), share: percent(drift.exact_share, 1)})} · ${t.worst} ${integer(drift.worst)}`}
      </td>
      <td class="n" data-figure={`${model}:per_syllable`}>{fixed(perSyllable(tokens ?? [], syllables ?? [], day?.seconds ?? []), 2)}</td>
    </tr>
  );
}

function useModels(): string[] {
  const [models, setModels] = useState<string[]>([]);
  useEffect(() => {
    get<{upstreams?: unknown; model: string}>('/health').then(
      (health) => get<{data: ModelCard[]}>('/v1/models').then((list) => setModels(list.data.map((card) => card.id)), () => setModels([health.model])),
      complain,
    );
  }, []);
  return models;
}

export function TokensPage() {
  const t = words().tokens;
  const models = useModels();
  const [model, setModel] = useState('');
  const [text, setText] = useState(samples[0] ?? '');
  const [ids, setIds] = useState(false);
  const [info, setInfo] = useState<TokenInfo | null>(null);
  useEffect(() => {
    if (text === '') {
      setInfo(null);
      return;
    }
    let late = false;
    const timer = setTimeout(() => {
      send<TokenInfo>('POST', '/token-info', {text, model, pieces: 1}).then((answer) => !late && setInfo(answer), complain);
    }, 200);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [text, model]);
  const nextSample = () => setText(samples[(samples.indexOf(text) + 1) % samples.length] ?? '');
  return (
    <>
      <Head>
        <label class="row small">
          {t.model}
          <select class="input" style={{width: 'auto'}} value={model} onChange={(event) => setModel(event.currentTarget.value)}>
            {models.map((name, index) => <option key={name} value={index === 0 ? '' : name}>{name}</option>)}
          </select>
        </label>
      </Head>
      <div class="grid">
        <div class="grid two">
          <Card title={t.box} aside={<button type="button" class="button little" onClick={nextSample}>{t.sample}</button>}>
            <textarea class="input" rows={8} lang="ko" spellcheck={false} aria-label={t.box} placeholder={t.placeholder} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          </Card>
          <Card
            title={words().engine.tokens}
            aside={<label class="row small quiet"><input type="checkbox" checked={ids} onChange={(event) => setIds(event.currentTarget.checked)} />{t.ids}</label>}
          >
            {!info && (text === '' ? <Empty icon="tokens" title={t.empty} /> : <Skeleton lines={2} />)}
            {info?.pieces && <Pieces pieces={info.pieces} ids={ids} />}
            {info && !info.pieces && <Empty icon="tokens" title={t.estimate}>{t.estimateOnly}</Empty>}
          </Card>
        </div>
        {info && <Figures info={info} />}
        {info && <Card title={t.composition}><Composition info={info} /></Card>}
        {models.length > 0 && <KoreanOverTime key={model} model={model || (models[0] ?? '')} />}
        <Card title={t.howCounted}>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.model}</th>
                  <th scope="col">{t.counting}</th>
                  <th scope="col">{t.tokenizer}</th>
                  <th scope="col">{t.template}</th>
                  <th scope="col">{t.drift}</th>
                  <th scope="col" class="n">{t.perSyllableDay}</th>
                </tr>
              </thead>
              <tbody>{models.map((name) => <ModelRow key={name} model={name} />)}</tbody>
            </table>
          </div>
        </Card>
      </div>
    </>
  );
}

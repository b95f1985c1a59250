// What Korean has cost a model over time, what its prompts were written in, and what an estimate would have charged for them:
// from the stored history. Quotients are of sums, so that an hour's is the hour's, and there is none where nothing was asked.
import {useState} from 'preact/hooks';
import {fill, words} from '../i18n/words';
import {fixed, percent, rate, unknownMark} from '../lib/format';
import {useSeries, type Columns, type RangeName} from '../lib/series';
import type {Known} from '../lib/types';
import {Chart} from '../ui/chart';
import {Card} from '../ui/parts';
import {RangePicker} from './overview';

const names = [
  'korean_tokens', 'korean_syllables', 'hangul_characters', 'latin_characters', 'other_characters', 'exact_tokens', 'estimated_tokens',
] as const;
type Name = (typeof names)[number];

// How often it happened altogether: values are rates over the seconds that were looked at.
const sum = (values: Known[], seconds: number[]) => values.reduce<number>((total, value, index) => total + (value ?? 0) * (seconds[index] ?? 0), 0);
const quotient = (part: number, whole: number): Known => (whole > 0 ? part / whole : null);

// tokens and syllables: of the same stretches.
export const perSyllable = (tokens: Known[], syllables: Known[], seconds: number[]) => quotient(sum(tokens, seconds), sum(syllables, seconds));

// excess: of the estimate over the exact count.
function chargedWords(excess: Known): string {
  const t = words().tokens;
  if (excess === null) return unknownMark;
  const share = percent(Math.abs(excess), 1);
  if (share === percent(0, 1)) return t.chargedSame;
  return fill(excess > 0 ? t.chargedMore : t.chargedLess, {share});
}

export function KoreanOverTime({model}: {model: string}) {
  const t = words().tokens;
  const [range, setRange] = useState<RangeName>('h24');
  const columns = useSeries(names.map((name) => `model:${model}:${name}`), range, true).columns;
  const of = (name: Name): Known[] => columns?.values[names.indexOf(name)] ?? [];
  const scripts = (['hangul_characters', 'latin_characters', 'other_characters'] as const).map(of);
  const characters = (index: number) => scripts.reduce((total, column) => total + (column[index] ?? 0), 0);
  const drawn = (values: Known[][]): Columns | null => columns && {...columns, values};
  const costs = drawn([of('korean_tokens').map((tokens, index) => quotient(tokens ?? 0, of('korean_syllables')[index] ?? 0))]);
  const shares = drawn(scripts.map((column) => column.map((value, index) => quotient(value ?? 0, characters(index)))));
  const seconds = columns?.seconds ?? [];
  const cost = perSyllable(of('korean_tokens'), of('korean_syllables'), seconds);
  const all = scripts.reduce((total, column) => total + sum(column, seconds), 0);
  const hangul = quotient(sum(scripts[0] ?? [], seconds), all);
  const exact = sum(of('exact_tokens'), seconds);
  const charges = exact > 0 ? drawn([of('exact_tokens'), of('estimated_tokens')]) : drawn([[], []]);
  const excess = quotient(sum(of('estimated_tokens'), seconds) - exact, exact);
  return (
    <section class="grid" data-korean={model}>
      <div class="row">
        <h2 class="name">{t.overTime}</h2>
        <span class="quiet small mono">{model}</span>
        <span class="spring" />
        <RangePicker value={range} onChange={setRange} />
      </div>
      <div class="grid two">
        <Card title={t.perSyllable} aside={<b class="numbers" data-figure="korean:per_syllable">{fixed(cost, 2)}</b>}>
          <p class="quiet small hint">{t.perSyllableHint}</p>
          <Chart
            columns={costs}
            label={t.perSyllable}
            format={(value) => fixed(value, 2)}
            empty={t.noKorean}
            lines={[{label: t.exact, tone: 'accent', fill: true}]}
          />
        </Card>
        <Card title={t.scripts} aside={<span class="quiet small">{t.kinds.hangul} <b class="numbers" data-figure="korean:hangul_share">{percent(hangul, 1)}</b></span>}>
          <p class="quiet small hint">{t.scriptsHint}</p>
          <Chart
            columns={shares}
            label={t.scripts}
            format={percent}
            max={1}
            empty={words().overview.noTraffic}
            lines={[{label: t.kinds.hangul ?? '', tone: 'accent', fill: true}, {label: t.kinds.latin ?? '', tone: 'warn'}, {label: t.otherScripts, tone: 'neutral', dash: true}]}
          />
        </Card>
        <Card class="span2" title={t.estimateOverTime} aside={<b class="numbers" data-figure="korean:estimate_excess">{chargedWords(excess)}</b>}>
          <p class="quiet small hint">{t.estimateOverTimeHint}</p>
          <Chart
            columns={charges}
            label={t.estimateOverTime}
            format={(value) => `${rate(value)} ${words().engine.tokensPerSecond}`}
            empty={t.noExact}
            lines={[{label: t.exact, tone: 'accent', fill: true}, {label: t.estimate, tone: 'warn', dash: true}]}
          />
        </Card>
      </div>
    </section>
  );
}

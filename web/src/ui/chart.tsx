// A time chart on uPlot: lines over one scale, a legend that tells the values under the cursor (or the newest), zoom by
// dragging. Colours come from the theme; all charts of a page share the cursor.
import {useEffect, useRef, useState} from 'preact/hooks';
import uPlot from 'uplot';
import {words} from '../i18n/words';
import {clock, day, shortClock, unknownMark} from '../lib/format';
import {isDark, language} from '../lib/prefs';
import type {Columns} from '../lib/series';
import type {Known} from '../lib/types';

export type Tone = 'accent' | 'soft' | 'neutral' | 'bad' | 'warn';

export interface Line {
  label: string;
  tone: Tone;
  fill?: boolean;
  dash?: boolean;
  stepped?: boolean;
}

interface ChartProps {
  columns: Columns | null;
  lines: Line[];
  format: (value: Known) => string;
  label: string; // for screen readers
  height?: number; // rem
  max?: number; // of the scale, where it is known (shares)
  empty?: string;
}

function colour(tone: Tone): string {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  if (tone === 'accent') return of('--accent');
  if (tone === 'bad') return of('--bad');
  if (tone === 'warn') return of('--warn');
  if (tone === 'neutral') return of('--neutral-mark');
  return `${of('--accent')}99`;
}

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

function timeLabels(splits: number[]): string[] {
  const span = (splits[splits.length - 1] ?? 0) - (splits[0] ?? 0);
  const close = (splits[1] ?? Infinity) - (splits[0] ?? 0) < 60;
  return splits.map((t) => (span > 36 * 3600 ? day(t * 1000) : close ? clock(t * 1000) : shortClock(t * 1000)));
}

function optionsOf(props: ChartProps, width: number, height: number, onCursor: (index: number | null) => void): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--ink-3').trim();
  const grid = {stroke: style.getPropertyValue('--line').trim(), width: 1};
  const size = rem();
  const font = `${0.75 * size}px ${style.fontFamily || 'sans-serif'}`;
  const axis = {stroke: ink, font, ticks: {show: false}};
  return {
    width,
    height,
    padding: [size * 0.7, size * 1.4, 0, size * 0.2],
    legend: {show: false},
    cursor: {sync: {key: 'page'}, points: {size: 6}, drag: {x: true, y: false}, y: false},
    scales: {
      x: {time: true},
      y: {range: (_, __, high) => [0, props.max ?? (high ? high * 1.12 : 1)]},
    },
    axes: [
      {...axis, grid: {show: false}, space: size * 5, values: (_, splits) => timeLabels(splits), size: size * 1.7, gap: size * 0.5},
      {
        ...axis,
        grid,
        space: size * 2.6,
        gap: size * 0.4,
        size: (_, labels) => size * (0.9 + 0.46 * Math.max(1, ...(labels ?? []).map((label) => label.length))),
        values: (_, splits) => splits.map((value) => props.format(value)),
      },
    ],
    series: [
      {},
      ...props.lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: colour(line.tone),
        width: 1.6,
        dash: line.dash ? [5, 4] : undefined,
        fill: line.fill ? `${colour(line.tone).slice(0, 7)}1f` : undefined,
        paths: line.stepped ? uPlot.paths.stepped!({align: 1}) : undefined,
        points: {show: (plot, index) => (plot.data[index] as Known[]).filter((value) => value !== null).length < 3, size: 4},
        spanGaps: false,
      })),
    ],
    hooks: {setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)]},
  };
}

// The second that is not over yet has no value, so the newest may be the one before.
function newest(column: Known[] | undefined): Known {
  return column?.slice(-3).reverse().find((value) => value !== null) ?? null;
}

export function Chart(props: ChartProps) {
  const {columns, lines, format, height = 11} = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const zoomed = useRef(false);
  const dark = isDark();
  const shape = `${lines.map((line) => line.label + line.tone + (line.dash ?? '')).join('|')} ${height} ${dark} ${language.value}`;

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    zoomed.current = false;
    // On high screens charts grow, so that a wall is filled.
    const pixels = () => Math.round(height * Math.max(rem(), innerHeight * 0.0158));
    const made = new uPlot(optionsOf(props, element.clientWidth, pixels(), setCursor), [[], ...lines.map(() => [])], element);
    made.over.addEventListener('dblclick', () => {
      zoomed.current = false;
    });
    made.over.addEventListener('mouseup', () => {
      zoomed.current = made.select.width > 0 || zoomed.current;
    });
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({width: element.clientWidth, height: pixels()}));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    if (columns) plot.current?.setData([columns.t, ...columns.values] as uPlot.AlignedData, !zoomed.current);
    if (columns && zoomed.current) plot.current?.redraw(false);
  }, [columns, shape]);

  const at = cursor !== null && columns && cursor < columns.t.length ? cursor : null;
  const nothing = columns !== null && columns.values.every((column) => column.every((value) => value === null));
  return (
    <figure>
      <div class="legend">
        {lines.map((line, index) => (
          <span key={line.label}>
            <i class={line.dash ? 'dash' : ''} style={line.dash ? {borderColor: colour(line.tone)} : {background: colour(line.tone)}} />
            {line.label}
            <b>{columns ? format(at === null ? newest(columns.values[index]) : (columns.values[index]?.[at] ?? null)) : unknownMark}</b>
          </span>
        ))}
        <span class="spring" />
        {at !== null && columns && <span>{clock((columns.t[at] ?? 0) * 1000)}</span>}
      </div>
      <div class="chart" role="img" aria-label={props.label} title={words().overview.zoomHint}>
        <div ref={box} style={{minHeight: `${height}rem`}} />
        {nothing && <div class="over">{props.empty ?? words().overview.noTraffic}</div>}
      </div>
    </figure>
  );
}

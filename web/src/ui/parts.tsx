// The small parts that pages are made of.
import type {ComponentChildren} from 'preact';
import {words} from '../i18n/words';
import {Icon} from './icons';

interface CardProps {
  title?: ComponentChildren;
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Card({title, aside, class: more, children}: CardProps) {
  return (
    <section class={`card ${more ?? ''}`}>
      {(title || aside) && (
        <header>
          {title && <h2>{title}</h2>}
          <span class="spring" />
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}

interface StatProps {
  label: string;
  value: string;
  unit?: string;
  hot?: boolean;
  id?: string; // for the tests: which figure this is
  children?: ComponentChildren;
}

export function Stat({label, value, unit, hot, id, children}: StatProps) {
  return (
    <div class={`stat ${hot ? 'hot' : ''}`}>
      <dt>{label}</dt>
      <dd>
        <b data-figure={id}>{value}</b>
        {unit && <span>{unit}</span>}
      </dd>
      {children && <div class="sub">{children}</div>}
    </div>
  );
}

export function Sub({label, value, id}: {label: string; value: string; id?: string}) {
  return (
    <span>
      {label} <b data-figure={id}>{value}</b>
    </span>
  );
}

// plain: a part of a whole, not of a limit, so that full means nothing.
export function Bar({share, more, label, plain}: {share: number | null; more?: number | null; label: string; plain?: boolean}) {
  const part = Math.min(1, Math.max(0, share ?? 0));
  const rest = Math.min(1 - part, Math.max(0, more ?? 0));
  const mood = plain ? '' : part >= 1 ? 'full' : part >= 0.85 ? 'near' : '';
  return (
    <div
      class={`bar ${mood}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(part * 100)}
    >
      <i style={{width: `${part * 100}%`}} />
      {rest > 0 && <i style={{left: `${part * 100}%`, width: `${rest * 100}%`}} />}
    </div>
  );
}

export function Empty({icon, title, children}: {icon: string; title: string; children?: ComponentChildren}) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <b>{title}</b>
      {children && <p>{children}</p>}
    </div>
  );
}

export function Skeleton({lines = 3}: {lines?: number}) {
  return (
    <div class="grid" aria-busy="true" aria-label={words().loading}>
      {Array.from({length: lines}, (_, index) => (
        <div class="skeleton" key={index} style={{height: index === 0 ? '5rem' : '1.2rem'}} />
      ))}
    </div>
  );
}

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  choices: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

export function Segmented<T extends string>({label, value, choices, onChange}: SegmentedProps<T>) {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {choices.map(([name, text]) => (
        <button type="button" key={name} aria-pressed={name === value} onClick={() => onChange(name)}>
          {text}
        </button>
      ))}
    </div>
  );
}

export function Chip({mood, children}: {mood?: 'good' | 'bad' | 'warn'; children: ComponentChildren}) {
  return <span class={`chip ${mood ?? ''}`}>{children}</span>;
}

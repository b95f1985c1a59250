// Line icons, drawn on a grid of 24.
const paths: Record<string, string> = {
  overview: 'M4 13h4l2-7 4 13 2.5-6H20',
  engine: 'M6 6h12v12H6zM9.5 9.5h5v5h-5zM9 3v3M15 3v3M9 18v3M15 18v3M3 9h3M3 15h3M18 9h3M18 15h3',
  gpu: 'M3 7h18v10H3zM7 17v3M3 4v3M11 12a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M6.5 10.5v3',
  users: 'M9 11.5a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7M2.5 20a6.5 6.5 0 0 1 13 0M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14.5a6.5 6.5 0 0 1 3.5 5.5',
  limits: 'M4 18a8 8 0 1 1 16 0M12 18l4-6M4 18h2M18 18h2M12 10v-1.5',
  tokens: 'M4 5h7v6H4zM14 5h6v6h-6zM4 14h4v5H4zM11 14h9v5h-9z',
  playground: 'M4 5h16v11H9l-5 4zM8 9h8M8 12h5',
  violations: 'M12 3l8 3v6c0 4.5-3.2 7.8-8 9c-4.8-1.2-8-4.5-8-9V6zM9 12l2.2 2.2L15.5 10',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.2',
  away: 'M5 12.5a10 10 0 0 1 3-2M12 8a11 11 0 0 1 7 4.5M8.5 15.5a5 5 0 0 1 7 0M12 19v.2M4 4l16 16',
  sun: 'M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z',
  auto: 'M12 3.5a8.5 8.5 0 1 0 0 17zM12 3.5a8.5 8.5 0 0 1 0 17',
  key: 'M14.5 9.5a5 5 0 1 0-4.8 5L11 13h2v-2h2l.5-.5M9 9.5h.1M15 11l5.5 5.5V20H17l-4-4',
  plus: 'M12 5v14M5 12h14',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  back: 'M15 5l-7 7l7 7',
  send: 'M4 12l16-7l-6 15l-3-6.5z',
  out: 'M14 4h5v16h-5M10 8l-4 4l4 4M6 12h9',
  trash: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13',
  clock: 'M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16M12 8v4.5l3 1.5',
};

export function Icon({name}: {name: string}) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name] ?? ''} />
    </svg>
  );
}

export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <path d="M8 21a8 8 0 1 1 16 0" fill="none" stroke="var(--on-accent)" stroke-opacity=".35" stroke-width="3" stroke-linecap="round" />
      <path d="M8 21a8 8 0 0 1 12.9-6.3" fill="none" stroke="var(--on-accent)" stroke-width="3" stroke-linecap="round" />
      <circle cx="16" cy="21" r="2.2" fill="var(--on-accent)" />
    </svg>
  );
}

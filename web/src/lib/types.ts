// What the gateway says, as far as the page uses it. null is "not known".
export type Known = number | null;

export interface Traffic {
  requests_per_second: Known;
  prompt_tokens_per_second: Known;
  completion_tokens_per_second: Known;
  cached_tokens_per_second: Known;
  errors_per_second: Known;
  refused_per_second: Known;
  clients_left_per_second?: Known;
}

export interface Quantiles {
  count: number;
  p50: Known;
  p95: Known;
  p99: Known;
  mean: Known;
}

export interface Latency {
  first_token_ms: Quantiles;
  inter_token_ms: Quantiles;
  duration_ms?: Quantiles;
}

export const refusals = ['rpm', 'tpm', 'rph', 'tph', 'rpd', 'daily', 'concurrent', 'banned', 'queue', 'store'] as const;
export type Refusal = (typeof refusals)[number];

export interface Totals {
  requests: number;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
  errors: number;
  clients_left: number;
  refused: Record<Refusal, number>;
  statuses: Record<string, number>;
}

export interface ModelFigures {
  model: string;
  now: Traffic;
  minute: Traffic & {latency: Latency};
  totals: {requests: number; prompt_tokens: number; completion_tokens: number; cached_tokens: number; refused: number; errors: number};
}

export interface LimitChange {
  at_ms: number;
  from: number;
  to: number;
  reason: string;
}

export interface Engine {
  name: string;
  type: string;
  version: string | null;
  status: string;
  status_since_ms: Known;
  reading_age_ms: Known;
  metrics_enabled: boolean | null;
  running_requests: Known;
  waiting_requests: Known;
  max_running_requests: Known;
  kv: {used_tokens: Known; evictable_tokens: Known; capacity_tokens: Known; used_share: Known; evictable_share: Known};
  cache_hit_rate: Known;
  cache_hit_rate_total: Known;
  prefill_tokens_per_second: Known;
  decode_tokens_per_second: Known;
  retractions_per_minute: Known;
  memory: {weight_gb: Known; kv_cache_gb: Known};
  gateway: {
    in_flight: number;
    in_flight_limit: number;
    queue_length: number;
    queue_limit: number;
    limit_changes: LimitChange[];
  };
}

export interface Gpu {
  index: number;
  uuid: string;
  name: string | null;
  memory: {used_bytes: Known; total_bytes: Known; free_bytes: Known};
  utilisation: Known;
  memory_utilisation: Known;
  temperature_c: Known;
  power_w: Known;
  power_limit_w: Known;
  fan_share: Known;
  processes: {pid: number; name: string | null; memory_bytes: Known}[];
}

export interface GpuReading {
  state: string;
  reason: string | null;
  driver_version: string | null;
  at_ms: Known;
  gpus: Gpu[];
}

export interface Trouble {
  what: string;
  which: string;
  since_ms: Known;
  reason?: string | null;
  on_store_loss?: string | null;
}

export interface Sample {
  sequence: number;
  at_ms: number;
  started_ms: number;
  version: string;
  draining: boolean;
  degraded: Trouble[];
  store: {kind: string; accepting: boolean; lost: boolean; reason: string | null; lag_entries: number; lag_ms: number};
  now: Traffic;
  minute: Traffic & {latency: Latency; refused: Record<Refusal, number>};
  window_seconds: number;
  in_flight: number;
  queue_length: number;
  open_reservations: number;
  totals: Totals;
  models: ModelFigures[];
  engines: Engine[];
  gpu: GpuReading;
}

export interface Series {
  from_ms: number;
  to_ms: number;
  step_ms: number;
  t_ms: number[];
  seconds: number[]; // of each stretch that were looked at
  series: Record<string, {unit: string; values: Known[]}>;
  unknown: string[];
}

export const limitKinds = ['rpm', 'tpm', 'rph', 'tph', 'rpd', 'daily', 'concurrent'] as const;
export type LimitKind = (typeof limitKinds)[number];
export type Limits = Record<LimitKind, number | null>;

export type ScopeKind = 'key' | 'user' | 'group' | 'model' | 'global';

export interface LimitStanding {
  limit: LimitKind;
  amount: number | null; // null: no limit
  source: string;
  used: Known;
  remaining: Known;
  reset_ms: Known;
}

export interface ScopeLimits {
  kind: ScopeKind;
  name: string;
  limits: Limits;
  sources: Record<LimitKind, string>;
  set: Partial<Record<LimitKind, number | 'unlimited'>>;
  configured: Limits;
}

export interface KeyFigures {
  id: string;
  name: string;
  mask: string;
  label?: string;
  user_id?: string;
  source?: string;
  admin: boolean;
  state: string;
  banned: boolean;
  created_at?: string | null;
  expires_at?: string | null;
  last_used: string | null;
  published?: boolean;
  scope?: number;
  models?: string[];
  limits?: Limits; // its own
}

export interface User {
  user_id: string;
  display_name: string;
  description: string;
  source: string;
  disabled: boolean;
  models: string[];
  groups: string[];
  created_at: string | null;
  banned: boolean;
  requests_this_minute: number;
  requests_this_hour: number;
  requests_today: number;
  tokens_this_minute: number;
  tokens_this_hour: number;
  tokens_today: number;
  in_flight: number;
  total_requests: number;
  total_tokens: number;
  total_prompt_tokens: number;
  total_completion_tokens: number;
  limits: Limits;
  remaining: Limits;
  reset_ms: Record<LimitKind, number>;
  sources: Record<LimitKind, string>;
  set: Partial<Record<LimitKind, number | 'unlimited'>>;
  keys: KeyFigures[];
  last_used: string | null;
}

export interface Ban {
  scope: number;
  kind: string | null;
  name: string | null;
  until: string | null;
  manual: boolean;
  reason: string;
}

export interface Violation {
  at: string;
  user_id: string;
  key: string;
  status: number;
  kind: string | null;
  name: string;
  limit: string;
  allowed: Known;
  used: Known;
  requested: Known;
  retry_after_ms: Known;
  never: boolean;
  model: string | null;
  path: string;
  request_id: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  who: string;
  action: string;
  target: string;
  before: unknown;
  after: unknown;
}

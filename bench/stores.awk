# Samples of stores.sh ("metric who value") into its table. A limit that is missed is the exit code if gate=1.
{ n = ++count[$1, $2]; value[$1, $2, n] = $3 + 0 }

function least(metric, who,   i, best) {
  best = value[metric, who, 1]
  for (i = 2; i <= count[metric, who]; i++) if (value[metric, who, i] < best) best = value[metric, who, i]
  return best
}

function middle(list, n,   i, j, t) {
  for (i = 2; i <= n; i++) for (j = i; j > 1 && list[j - 1] > list[j]; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
  return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function median(metric, who,   i, list) {
  for (i = 1; i <= count[metric, who]; i++) list[i] = value[metric, who, i]
  return middle(list, count[metric, who])
}

# The median of the ratios to memory within the same round.
function paired(who,   i, list) {
  for (i = 1; i <= count["cpu", who]; i++) list[i] = value["cpu", who, i] / value["cpu", "memory", i]
  return middle(list, count["cpu", who])
}

function line(who, words, limit,   ratio, verdict) {
  ratio = least("cpu", who) / least("cpu", "memory")
  verdict = ""
  if (limit) { verdict = ratio <= limit ? "yes" : "NO"; if (ratio > limit) missed++ }
  printf "%-26s %6.1f / %-6.1f %5.2fx (%.2fx) %8s %3s %9.0f %8.0f %8.0f %9s\n", words, least("cpu", who), median("cpu", who), ratio, paired(who),
    limit ? sprintf("<=%.2fx", limit) : "", verdict, median("rps", who), median("p50", who) - median("p50", "direct"),
    median("p99", who) - median("p99", "direct"), count["redis_cpu", who] ? sprintf("%.1f", least("redis_cpu", who)) : "-"
}

END {
  printf "%-26s %15s %14s %12s %9s %8s %8s %9s\n", "", "CPU/request us", "of memory", "", "rps", "+p50 us", "+p99 us", "Redis us"
  line("memory", "memory", 0)
  line("sqlite", "SQLite, strict", 1.15)
  line("redis", "Redis, every request asks", 0)
  line("leases", "Redis, leases", 1.15)
  exit gate && missed ? 1 : 0
}

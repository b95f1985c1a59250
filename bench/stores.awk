# Samples of stores.sh into its table. A limit that is missed is the exit code if gate=1.
function line(who, words, limit,   ratio, verdict) {
  ratio = least("cpu", who) / least("cpu", "memory")
  verdict = ""
  if (limit) { verdict = ratio <= limit ? "yes" : "NO"; if (ratio > limit) missed++ }
  printf "%-26s %6.1f / %-6.1f %5.2fx (%.2fx) %8s %3s %9.0f %8.0f %8.0f %9s\n", words, least("cpu", who), median("cpu", who), ratio, paired("cpu", who, "memory"),
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

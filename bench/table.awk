# Samples of compare.sh into the table of bench/README.md. Rows with a limit say whether it is kept; with gate=1 a miss is
# the exit code.
function row(what, nginx, gateway, figure, limit, ok) {
  printf "%-52s %14s %14s   %-24s %-10s %s\n", what, nginx, gateway, figure, limit, limit == "" ? "" : (ok ? "yes" : "NO")
  if (limit != "" && !ok) missed++
}

function both(metric, who, form) { return sprintf(form " / " form, least(metric, who), median(metric, who)) }

END {
  row("least / median", "nginx", "gateway", "", "", 1)
  if (count["request_cpu", "gateway"]) {
    ratio = least("request_cpu", "gateway") / least("request_cpu", "nginx")
    row("CPU per request, us", both("request_cpu", "nginx", "%.1f"), both("request_cpu", "gateway", "%.1f"), sprintf("%.2fx (rounds %.2fx)", ratio, paired("request_cpu", "gateway", "nginx")), "<= 1.00x", ratio <= 1)
    row("requests/s, 64 connections", sprintf("%.0f", median("rps", "nginx")), sprintf("%.0f", median("rps", "gateway")), "", "", 1)
    third = least("refusal_cpu", "gateway") / least("request_cpu", "gateway")
    row("CPU per 429, us", "-", both("refusal_cpu", "gateway", "%.1f"), sprintf("%.2fx of a request", third), "< 0.33x", third < 1 / 3)
    ratio = least("event_cpu", "gateway") / least("event_cpu", "nginx")
    row("CPU per streamed event, 1,000 paced streams, us", both("event_cpu", "nginx", "%.1f"), both("event_cpu", "gateway", "%.1f"), sprintf("%.2fx (rounds %.2fx)", ratio, paired("event_cpu", "gateway", "nginx")), "<= 1.00x", ratio <= 1)
    behind = median("open_p50", "gateway") - median("open_p50", "nginx")
    row("added p50 at 10,000 requests/s, us", sprintf("%.0f", median("open_p50", "nginx") - median("open_p50", "direct")), sprintf("%.0f", median("open_p50", "gateway") - median("open_p50", "direct")), sprintf("%+.0f us", behind), "<= +15 us", behind <= 15)
    row("p99 at 10,000 requests/s, us", sprintf("%.0f", median("open_p99", "nginx")), sprintf("%.0f", median("open_p99", "gateway")), "", "", 1)
    row("added one-way event p50, us", sprintf("%.0f", median("event_p50", "nginx") - median("event_p50", "direct")), sprintf("%.0f", median("event_p50", "gateway") - median("event_p50", "direct")), "", "", 1)
    row("one-way event p99 / worst, us", sprintf("%.0f / %.0f", median("event_p99", "nginx"), median("event_max", "nginx")), sprintf("%.0f / %.0f", median("event_p99", "gateway"), median("event_max", "gateway")), "", "", 1)
    row("memory per open stream, kB", sprintf("%.1f", median("stream_kb", "nginx")), sprintf("%.1f", median("stream_kb", "gateway")), "", "<= 16 kB", median("stream_kb", "gateway") <= 16)
  }
  if (count["prompt_cpu", "exact"]) {
    ratio = least("prompt_cpu", "exact") / least("prompt_cpu", "nginx")
    row("CPU per new 1 kB Korean prompt, estimated, us", both("prompt_cpu", "nginx", "%.1f"), both("prompt_cpu", "gateway", "%.1f"), sprintf("%.2fx", least("prompt_cpu", "gateway") / least("prompt_cpu", "nginx")), "", 1)
    row("the same, counted exactly", "", both("prompt_cpu", "exact", "%.1f"), sprintf("%.2fx", ratio), "<= 1.20x", ratio <= 1.2)
  }
  if (count["syscalls", "gateway"])
    row("system calls per request", sprintf("%.2f", least("syscalls", "nginx")), sprintf("%.2f", least("syscalls", "gateway")), "", "<= 5", least("syscalls", "gateway") <= 5)
  row("memory per idle connection (5,000), kB", sprintf("%.1f", least("idle_kb", "nginx")), sprintf("%.1f", least("idle_kb", "gateway")), "", "", 1)
  row("p99 of 1,000 requests/s beside them, us", sprintf("%.0f", least("idle_beside_p99", "nginx")), sprintf("%.0f", least("idle_beside_p99", "gateway")), "", "", 1)
  exit gate && missed ? 1 : 0
}

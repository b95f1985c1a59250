# Samples of viewers.sh into its table. A limit that is missed is the exit code if gate=1.
function verdict(kept) {
  if (!kept) missed++
  return kept ? "yes" : "NO"
}

END {
  printf "%-44s %14s %14s\n", "least / median", "no viewer", "five viewers"
  printf "%-44s %6.1f / %-6.1f %6.1f / %-6.1f %.3fx (rounds %.3fx)\n", "CPU per request, us", least("cpu", "without"), median("cpu", "without"),
    least("cpu", "five"), median("cpu", "five"), least("cpu", "five") / least("cpu", "without"), paired("cpu", "five", "without")
  ratio = paired("rps", "five", "without")
  printf "%-44s %14.0f %14.0f rounds %.3fx >= 0.97x %s\n", "requests/s, 64 connections", median("rps", "without"), median("rps", "five"), ratio,
    verdict(ratio >= 0.97)
  more = least("share", "twenty") - least("share", "without")
  printf "%-44s %13.2f%% %13.2f%% %+.2f%% <= 2%% %s\n", "of a core at 100 requests/s; twenty viewers", least("share", "without"), least("share", "twenty"),
    more, verdict(more <= 2)
  exit gate && missed ? 1 : 0
}

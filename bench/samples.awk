# What is made of samples ("metric who value", one a line) by every table of this folder.
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

# The median of the ratios within the same round.
function paired(metric, who, to,   i, list) {
  for (i = 1; i <= count[metric, who]; i++) list[i] = value[metric, to, i] > 0 ? value[metric, who, i] / value[metric, to, i] : 0
  return middle(list, count[metric, who])
}

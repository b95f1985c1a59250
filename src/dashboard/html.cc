#include "dashboard/html.h"

namespace ktl::dashboard {

Html::Html(protocol::Language language, std::string_view title) {
  raw("<!doctype html><html lang=\"").raw(language == protocol::Language::korean ? "ko" : "en");
  raw("\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
  raw("<meta name=\"color-scheme\" content=\"light dark\"><title>").text(title);
  raw("</title><link rel=\"stylesheet\" href=\"/simple.css\"></head><body>");
}

Html& Html::text(std::string_view words) {
  for (const char c : words) {
    switch (c) {
      case '&':
        out_ += "&amp;";
        break;
      case '<':
        out_ += "&lt;";
        break;
      case '>':
        out_ += "&gt;";
        break;
      case '"':
        out_ += "&quot;";
        break;
      case '\'':
        out_ += "&#39;";
        break;
      default:
        out_ += c;
    }
  }
  return *this;
}

std::string Html::take() {
  out_ += "</body></html>\n";
  return std::move(out_);
}

std::string_view simple_style() {
  return R"css(:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#5b6570;--line:#dfe3e8;--page:#fbfcfd;--bad:#b3261e;--accent:#0f766e}
@media (prefers-color-scheme:dark){:root{--ink:#e7eaee;--quiet:#9aa4af;--line:#2b3138;--page:#111418;--bad:#ff8a80;--accent:#5eead4}}
body{font:15px/1.6 "Pretendard","Apple SD Gothic Neo","Noto Sans KR","Noto Sans CJK KR","Malgun Gothic",sans-serif;color:var(--ink);background:var(--page);margin:0 auto;max-width:72rem;padding:1rem 1.25rem 3rem}
h1{font-size:1.35rem;margin:.5rem 0}h2{font-size:1.05rem;margin:2rem 0 .5rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .75rem .35rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--quiet);font-weight:500}td.n,th.n{text-align:right}.wide{overflow-x:auto}
.quiet{color:var(--quiet)}.bad{color:var(--bad)}a{color:var(--accent)}
.narrow{max-width:26rem;margin:12vh auto}form{display:grid;gap:.5rem}
input,button{font:inherit;padding:.55rem .7rem;border:1px solid var(--line);border-radius:8px;background:transparent;color:inherit}
button{background:var(--accent);color:var(--page);border:0;font-weight:600}
)css";
}

}  // namespace ktl::dashboard

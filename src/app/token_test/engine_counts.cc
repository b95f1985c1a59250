#include "app/token_test/engine_counts.h"

#include <algorithm>

#include "app/upstream_options.h"
#include "base/text.h"
#include "config/serving.h"
#include "net/event_loop.h"
#include "protocol/json_cursor.h"
#include "upstream/link.h"

namespace ktl::app {
namespace {

constexpr Millis kPatience{3'000};

net::Task<void> ask_all(upstream::Link& link, std::string served, std::span<const TokenSample> samples,
                        std::vector<std::optional<std::int64_t>>& counts) {
  const bool vllm = link.upstream().options().type == upstream::EngineType::vllm;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::string body = "{\"model\":" + json_quoted(served) + ",\"prompt\":" + json_quoted(samples[i].text) +
                             ",\"add_special_tokens\":false}";
    auto answer =
        co_await link.fetch("POST", vllm ? "/tokenize" : "/v1/tokenize", body, upstream::Link::Key::normal, kPatience);
    if (!answer) break;  // it will not answer the others either
    if (answer->status == 200) counts[i] = count_in(answer->body);
  }
  link.pool().clear();
  link.loop().stop();
}

}  // namespace

std::optional<std::int64_t> count_in(std::string_view json) {
  protocol::JsonCursor in(json, 8);
  std::optional<std::int64_t> count;
  if (!in.enter_object()) return std::nullopt;
  for (protocol::JsonString name; in.next_member(name);) {
    std::string_view number;
    if (!name.is("count") || in.peek() != protocol::JsonKind::number) {
      in.skip();
    } else if (in.read_number(number)) {
      count = protocol::to_integer(number);
    }
  }
  return in.ok() ? count : std::nullopt;
}

std::vector<std::optional<std::int64_t>> ask_engine(const config::Config& config, const config::Model& model,
                                                    std::span<const TokenSample> samples) {
  std::vector<std::optional<std::int64_t>> counts(samples.size());
  for (const config::Upstream& from : config.upstreams) {
    if (!config::serves(from, model)) continue;
    auto upstream = upstream::Upstream::create(upstream_options(from, config.server.timeouts));
    if (!upstream) continue;
    net::EventLoop loop;
    upstream::Link link(loop, **upstream);
    loop.spawn(ask_all(link, model.upstream_model.empty() ? model.alias : model.upstream_model, samples, counts));
    loop.run();
    if (std::any_of(counts.begin(), counts.end(), [](const auto& count) { return count.has_value(); })) break;
  }
  return counts;
}

}  // namespace ktl::app

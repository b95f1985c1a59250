#include "standin/http/metrics_text.h"

#include <fmt/format.h>

namespace ktl::standin {
namespace {

class Text {
 public:
  explicit Text(std::string_view model) : model_(model) {}

  void scheduler(std::string_view name, std::string_view type, double value, std::string_view help = {}) {
    head(name, type, help);
    sample(name, fmt::format("engine_type=\"unified\",model_name=\"{}\",{}", model_, kRanks), value);
  }
  void modes(std::string_view name, std::initializer_list<std::pair<std::string_view, double>> values) {
    head(name, "counter", {});
    for (const auto& [mode, value] : values) {
      sample(name, fmt::format("engine_type=\"unified\",mode=\"{}\",model_name=\"{}\",{}", mode, model_, kRanks),
             value);
    }
  }
  template <class Value>
  void by_streaming(std::string_view name, const Value& value_of) {
    head(name, "counter", {});
    for (const bool streaming : {false, true}) sample(name, request_labels(streaming), value_of(streaming));
  }
  void histogram(std::string_view name, std::string_view labels, const Histogram& histogram) {
    const std::string bucket = std::string(name) + "_bucket";
    for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
      std::string bound = "+Inf";
      if (i < histogram.bounds().size()) {
        bound.clear();
        add(bound, histogram.bounds()[i]);
      }
      sample(bucket, fmt::format("{},le=\"{}\"", labels, bound), static_cast<double>(histogram.at_most(i)));
    }
    sample(std::string(name) + "_sum", labels, histogram.sum());
    sample(std::string(name) + "_count", labels, static_cast<double>(histogram.count()));
  }
  void head(std::string_view name, std::string_view type, std::string_view help) {
    if (!help.empty()) add(out_, "# HELP sglang:", name, " ", help, "\n");
    add(out_, "# TYPE sglang:", name, " ", type, "\n");
  }
  std::string plain_labels() const { return fmt::format("engine_type=\"unified\",model_name=\"{}\"", model_); }
  std::string request_labels(bool streaming) const {
    return fmt::format("engine_type=\"unified\",is_streaming=\"{}\",model_name=\"{}\"", streaming, model_);
  }
  std::string take() { return std::move(out_); }

 private:
  static constexpr std::string_view kRanks = "moe_ep_rank=\"0\",pp_rank=\"0\",tp_rank=\"0\"";
  void sample(std::string_view name, std::string_view labels, double value) {
    add(out_, "sglang:", name, "{", labels, "} ", value, "\n");
  }

  std::string model_;
  std::string out_;
};

double real(std::int64_t value) {
  return static_cast<double>(value);
}

}  // namespace

std::string metrics_text(Standin& standin) {
  const Engine& engine = standin.engine();
  const EngineStats& stats = engine.stats();
  const LoadReport& gauges = stats.gauges;
  const double pool = real(engine.options().max_total_num_tokens);
  Text text(standin.options().served_model_name);
  text.scheduler("num_running_reqs", "gauge", real(gauges.running), "The number of running requests.");
  text.scheduler("num_queue_reqs", "gauge", real(gauges.waiting));
  text.scheduler("token_usage", "gauge", rounded(real(gauges.used_tokens) / pool, 2));
  text.scheduler("kv_used_tokens", "gauge", real(gauges.used_tokens));
  text.scheduler("kv_evictable_tokens", "gauge", real(gauges.evictable_tokens));
  text.scheduler("kv_available_tokens", "gauge", pool - real(gauges.used_tokens) - real(gauges.evictable_tokens));
  text.scheduler("num_used_tokens", "gauge", real(gauges.used_tokens));
  text.scheduler("max_total_num_tokens", "gauge", pool);
  text.scheduler("gen_throughput", "gauge", rounded(gauges.gen_throughput, 1));
  text.scheduler("cache_hit_rate", "gauge", rounded(gauges.cache_hit_rate, 4));
  text.scheduler("utilization", "gauge", 0);
  text.scheduler("num_retracted_reqs", "gauge", real(gauges.retracted));
  text.scheduler("num_retracted_requests_total", "counter", static_cast<double>(stats.retractions));
  text.scheduler("num_aborted_requests_total", "counter", static_cast<double>(stats.aborts));
  text.modes("prefill_effective_tokens_total", {{"input", real(stats.effective_input)},
                                                {"device_hit", real(stats.effective_hit)},
                                                {"host_hit", 0},
                                                {"storage_hit", 0}});
  text.modes("realtime_tokens_total", {{"prefill_compute", real(stats.prefill_compute)},
                                       {"prefill_cache", real(stats.prefill_cache)},
                                       {"decode", real(stats.decoded)}});
  text.by_streaming("num_requests_total",
                    [&](bool streaming) { return static_cast<double>(stats.ended[streaming].requests); });
  text.by_streaming("prompt_tokens_total", [&](bool streaming) { return real(stats.ended[streaming].prompt_tokens); });
  text.by_streaming("generation_tokens_total",
                    [&](bool streaming) { return real(stats.ended[streaming].generation_tokens); });
  text.head("time_to_first_token_seconds", "histogram", {});
  for (const bool streaming : {false, true}) {
    text.histogram("time_to_first_token_seconds", text.request_labels(streaming), stats.time_to_first_token[streaming]);
  }
  text.head("e2e_request_latency_seconds", "histogram", {});
  for (const bool streaming : {false, true}) {
    text.histogram("e2e_request_latency_seconds", text.request_labels(streaming), stats.end_to_end[streaming]);
  }
  text.head("inter_token_latency_seconds", "histogram", {});
  text.histogram("inter_token_latency_seconds", text.plain_labels(), stats.inter_token);
  text.head("queue_time_seconds", "histogram", {});
  text.histogram("queue_time_seconds", text.plain_labels(), stats.queue_time);
  return text.take();
}

}  // namespace ktl::standin

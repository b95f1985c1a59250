// What the server tells about itself: models, launch record (secrets in clear, as the real one), load, health.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "standin/http/metrics_text.h"
#include "standin/http/routes.h"

namespace ktl::standin {
namespace {

double epoch_seconds(SimTime time) {
  return std::chrono::duration<double>(time).count();
}

std::string iso_time(SimTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06d}+00:00", fmt::gmtime(whole.count()), (time - whole).count());
}

std::string_view version(const Standin& standin) {
  return standin.options().shape_0_5_9 ? "0.5.9" : "0.5.18";
}

std::string null_or(const std::string& text) {
  return text.empty() ? "null" : json_quoted(text);
}

std::string model_card(const Standin& standin) {
  const StandinOptions& options = standin.options();
  std::string out;
  add(out, R"({"id":)", Quoted{options.served_model_name}, R"(,"object":"model","created":)", standin.now_seconds(),
      R"(,"owned_by":"sglang","root":)", Quoted{options.served_model_name}, R"(,"parent":null,"max_model_len":)",
      options.engine.context_length, "}");
  return out;
}

// One entry of /v1/loads, without its closing brace and sections.
std::string load_entry(Standin& standin, const LoadReport& load) {
  const EngineOptions& engine = standin.engine().options();
  const bool metrics = standin.options().enable_metrics;
  std::string out;
  add(out, R"({"timestamp":)", rounded(epoch_seconds(load.at), 3), R"(,"dp_rank":0,"num_running_reqs":)", load.running,
      R"(,"num_waiting_reqs":)", load.waiting);
  const double usage = static_cast<double>(load.used_tokens) / static_cast<double>(engine.max_total_num_tokens);
  add(out, R"(,"num_waiting_uncached_tokens":)", load.waiting_tokens, R"(,"num_used_tokens":)", load.used_tokens,
      R"(,"num_total_tokens":)", load.total_tokens, R"(,"num_active_tokens":)", load.total_tokens,
      R"(,"max_total_num_tokens":)", engine.max_total_num_tokens, R"(,"max_running_requests":)",
      engine.max_running_requests, R"(,"token_usage":)", rounded(usage, 4), R"(,"gen_throughput":)",
      metrics ? rounded(load.gen_throughput, 1) : 0.0, R"(,"cache_hit_rate":)",
      metrics ? rounded(load.cache_hit_rate, 4) : 0.0, R"(,"utilization":0.0,"total_prefill_uncached_tokens":)",
      load.prefill_uncached_tokens, R"(,"total_prefill_busy_us":)", load.prefill_busy_us, R"(,"decode_moments":null)");
  return out;
}

std::string loads_body(Standin& standin, std::string_view query) {
  const LoadReport load = standin.engine().shown_load(standin.now());
  std::string out;
  if (standin.options().aggregate_loads) {
    const double capacity = static_cast<double>(standin.engine().options().max_total_num_tokens);
    const double usage = rounded(static_cast<double>(load.used_tokens) / capacity, 4);
    const std::int64_t all = load.running + load.waiting;
    add(out, R"({"timestamp":)", Quoted{iso_time(standin.now())}, R"(,"version":)", Quoted{version(standin)},
        R"(,"dp_rank_count":1,"loads":[{"dp_rank":0,"timestamp":)", rounded(epoch_seconds(load.at), 3),
        R"(,"num_running_reqs":)", load.running, R"(,"num_waiting_reqs":)", load.waiting, R"(,"num_used_tokens":)",
        load.used_tokens, R"(,"max_total_num_tokens":)", standin.engine().options().max_total_num_tokens,
        R"(,"token_usage":)", usage, R"(,"gen_throughput":)", rounded(load.gen_throughput, 1), R"(,"cache_hit_rate":)",
        rounded(load.cache_hit_rate, 4), R"(,"utilization":0.0,"max_running_requests":)",
        standin.engine().options().max_running_requests, R"(,"num_total_reqs":)", all,
        R"(}],"aggregate":{"total_running_reqs":)", load.running, R"(,"total_waiting_reqs":)", load.waiting,
        R"(,"total_reqs":)", all, R"(,"avg_token_usage":)", usage, R"(,"avg_throughput":)",
        rounded(load.gen_throughput, 1), R"(,"avg_utilization":0.0}})");
    return out;
  }
  add(out, R"({"timestamp":)", Quoted{iso_time(standin.now())}, R"(,"version":)", Quoted{version(standin)},
      R"(,"accelerator":"NVIDIA GeForce RTX 4060","num_accelerators":1,"loads":[)");
  const auto rank = query_value(query, "dp_rank");
  if (!rank || *rank == "0") {
    const std::string include = query_value(query, "include").value_or("all");
    const bool all = include.find("all") != std::string::npos;
    add(out, load_entry(standin, load));
    if (all || include.find("memory") != std::string::npos) {
      add(out, R"(,"memory":{"weight_gb":2.95,"kv_cache_gb":0.16,"graph_gb":0.21,"token_capacity":)",
          standin.engine().options().max_total_num_tokens, "}");
    }
    if (all || include.find("queues") != std::string::npos) {
      add(out, R"(,"queues":{"waiting":)", load.waiting, R"(,"grammar":0,"paused":0,"retracted":)",
          standin.options().enable_metrics ? load.retracted : 0, R"(,"prealloc_ready":0})");
    }
    out += '}';
  }
  return out + "]}";
}

std::string server_info_body(Standin& standin) {
  const StandinOptions& o = standin.options();
  const EngineOptions& e = standin.engine().options();
  const std::string queued = e.max_queued_requests ? std::to_string(*e.max_queued_requests) : "null";
  std::string out;
  add(out, R"({"model_path":)", Quoted{o.model_path}, R"(,"served_model_name":)", Quoted{o.served_model_name},
      R"(,"host":)", Quoted{o.host}, R"(,"port":)", o.port, R"(,"tp_size":1,"dp_size":1,"pp_size":1,"context_length":)",
      e.context_length, R"(,"mem_fraction_static":0.75,"max_running_requests":)", e.max_running_requests,
      R"(,"max_queued_requests":)", queued, R"(,"chunked_prefill_size":)", e.chunked_prefill_size,
      R"(,"schedule_policy":"fcfs","enable_metrics":)", o.enable_metrics, R"(,"enable_cache_report":)",
      o.enable_cache_report, R"(,"decode_log_interval":)", e.decode_log_interval,
      R"(,"load_snapshot_publish_interval":)", e.load_publish_interval, R"(,"pp_max_micro_batch_size":null,"api_key":)",
      null_or(o.api_key), R"(,"admin_api_key":)", null_or(o.admin_api_key),
      R"(,"status":"ready","max_total_num_tokens":)", e.max_total_num_tokens, R"(,"max_req_input_len":)",
      standin.engine().max_request_input(),
      R"(,"startup_time":{"load_weight":3.1,"kv_cache_allocation":0.2,"scheduler_e2e":9.8,"tokenizer_e2e":11.0,"cuda_graph":{}})");
  add(out, R"(,"internal_states":[{"served_model_name":)", Quoted{o.served_model_name},
      R"(,"pp_max_micro_batch_size":)", standin.engine().batch_cap(), R"(,"last_gen_throughput":)",
      rounded(standin.engine().stats().last_gen_throughput, 1),
      R"(,"memory_usage":{"weight":2.95,"kvcache":0.16,"startup_available":7.4,"token_capacity":)",
      e.max_total_num_tokens,
      R"(,"token_capacity_swa":null,"graph":{"decode":0.21}},"effective_max_running_requests_per_dp":)",
      e.max_running_requests, R"(,"api_key":)", null_or(o.api_key), R"(,"admin_api_key":)", null_or(o.admin_api_key),
      R"(}],"version":)", Quoted{version(standin)}, R"(,"kv_events":null})");
  return out;
}

}  // namespace

net::Task<void> models_route(Standin& standin, net::HttpExchange& exchange) {
  co_await exchange.reply(200, kJsonHeaders, R"({"object":"list","data":[)" + model_card(standin) + "]}");
}

net::Task<void> model_route(Standin& standin, net::HttpExchange& exchange) {
  constexpr std::string_view kPrefix = "/v1/models/";
  const std::string id = percent_decode(exchange.head().path.substr(kPrefix.size())).value_or("");
  if (id == standin.options().served_model_name) {
    co_await exchange.reply(200, kJsonHeaders, model_card(standin));
    co_return;
  }
  std::string out;
  add(out, R"({"error":{"message":)", Quoted{"The model '" + id + "' does not exist"},
      R"(,"type":"invalid_request_error","param":"model","code":"model_not_found"}})");
  co_await exchange.reply(404, kJsonHeaders, out);
}

net::Task<void> model_info_route(Standin& standin, net::HttpExchange& exchange) {
  const StandinOptions& options = standin.options();
  std::string out;
  add(out, R"({"model_path":)", Quoted{options.model_path}, R"(,"served_model_name":)",
      Quoted{options.served_model_name}, R"(,"tokenizer_path":)", Quoted{options.model_path}, R"(,"is_generation":)",
      !options.embedding,
      R"(,"preferred_sampling_params":null,"weight_version":"default","load_format":"auto","reasoning_parser":null,"tool_call_parser":"qwen")",
      R"(,"has_image_understanding":false,"has_audio_understanding":false,"model_type":"qwen2","architectures":["Qwen2ForCausalLM"]})");
  co_await exchange.reply(200, kJsonHeaders, out);
}

net::Task<void> server_info_route(Standin& standin, net::HttpExchange& exchange) {
  standin.pump();
  co_await exchange.reply(200, kJsonHeaders, server_info_body(standin));
}

net::Task<void> loads_route(Standin& standin, net::HttpExchange& exchange) {
  standin.pump();
  co_await exchange.reply(200, kJsonHeaders, loads_body(standin, exchange.head().query));
}

net::Task<void> get_load_route(Standin& standin, net::HttpExchange& exchange) {
  standin.pump();
  const LoadReport load = standin.engine().shown_load(standin.now());
  std::string out;
  add(out, R"([{"dp_rank":0,"num_reqs":)", load.running + load.waiting, R"(,"num_waiting_reqs":)", load.waiting,
      R"(,"num_tokens":)", load.total_tokens, R"(,"num_pending_tokens":)", load.waiting_tokens, R"(,"ts_tic":)",
      rounded(epoch_seconds(load.at), 3), "}]");
  co_await exchange.reply(200, kJsonHeaders, out);
}

net::Task<void> metrics_route(Standin& standin, net::HttpExchange& exchange) {
  if (!standin.options().enable_metrics) {
    co_await exchange.reply(404, kJsonHeaders, R"({"detail":"Not Found"})");
    co_return;
  }
  standin.pump();
  co_await exchange.reply(200, "server: uvicorn\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n",
                          metrics_text(standin));
}

// A good answer takes its time: the real server runs one token and looks once a second whether it came.
net::Task<void> health_route(Standin& standin, net::HttpExchange& exchange) {
  int status = 200;
  if (standin.shutting_down()) {
    status = 503;
  } else if (standin.behaviour().hang) {
    co_await nap(standin, standin.scaled(Millis{20'000}));
    status = 503;
  } else {
    const Millis delay = standin.scaled(standin.options().health_delay);
    if (delay.count() > 0) co_await nap(standin, delay);
  }
  co_await exchange.reply(status, "server: uvicorn\r\n", "");
}

net::Task<void> ping_route(Standin& /*standin*/, net::HttpExchange& exchange) {
  const bool root = exchange.head().path == "/";
  co_await exchange.reply(200, root ? kJsonHeaders : "server: uvicorn\r\n", root ? R"("SGLang is running")" : "");
}

}  // namespace ktl::standin

// The sections about what stands behind the gateway: sglang_server or upstreams, and models.
#include <algorithm>

#include "config/draft.h"
#include "config/engine_url.h"
#include "config/fields.h"

namespace ktl::config {
namespace {

constexpr std::int64_t kMostInFlight = 1'000'000;
constexpr std::int64_t kMostContext = 100'000'000;

// An engine batches `running` requests; four times as many keep it busy while the rest waits here, where it is fair.
std::int64_t in_flight_for(std::int64_t running) {
  return std::max<std::int64_t>(16, 4 * running);
}

void read_queue(Fields& fields, Queue& queue, Findings& findings) {
  const Node* node = fields.map("queue");
  if (node == nullptr) return;
  Fields inner(*node, findings);
  inner.integer("limit", queue.limit, 0, kMostInFlight);
  inner.duration("timeout", queue.timeout, Millis(0), std::chrono::hours(24));
  inner.finish();
  if (queue.limit > 0 && queue.timeout == Millis(0))
    findings.add(node->at, "queue: limit이 0보다 크면 timeout도 0보다 커야 합니다 (대기를 없애려면 limit: 0)",
                 "queue: with a limit above 0 the timeout must be above 0 too (limit: 0 never waits)");
}

void name_models(Fields& fields, const std::string& name, std::vector<std::string>& out, Draft& draft) {
  fields.texts(name, out);
  const Node* node = fields.child(name);
  if (node == nullptr) return;
  if (node->kind == Node::Kind::scalar) draft.models_named.push_back({node->text, node->at});
  for (const Node& item : node->items)
    if (item.kind == Node::Kind::scalar) draft.models_named.push_back({item.text, item.at});
}

void read_sglang_args(Fields& fields, Upstream& upstream, Findings& findings) {
  const Node* args = fields.map("sglang_args");
  if (args == nullptr) return;
  for (const Node::Entry& entry : args->entries) {
    if (entry.value.is_null()) continue;
    if (entry.value.kind != Node::Kind::scalar) {
      findings.add(entry.value.at, "sglang_args: 값 하나가 필요합니다", "sglang_args: a single value is needed");
      continue;
    }
    upstream.sglang_args.emplace_back(entry.key, entry.value.text);
    if (entry.key != "max_running_requests") continue;
    if (const auto running = integer_of(entry.value, 1, kMostInFlight, findings))
      upstream.max_in_flight = in_flight_for(*running);
  }
}

Model read_sglang_server(const Node& node, Draft& draft, Findings& findings) {
  Upstream upstream;
  upstream.name = "sglang";
  upstream.host = "127.0.0.1";
  upstream.model_path = "Qwen/Qwen2.5-3B-Instruct";
  Model model;
  model.alias = "korean-qwen";
  Fields fields(node, findings);
  fields.text("host", upstream.host, false);
  fields.port("port", upstream.port);
  fields.text("model_path", upstream.model_path, false);
  fields.text("served_model_name", model.alias, false);
  fields.secret("api_key", upstream.api_key);
  fields.secret("admin_api_key", upstream.admin_api_key);
  fields.choice("type", upstream.type, {{"sglang", EngineType::sglang}, {"vllm", EngineType::vllm}});
  read_sglang_args(fields, upstream, findings);
  fields.integer("max_in_flight", upstream.max_in_flight, 1, kMostInFlight);
  read_queue(fields, upstream.queue, findings);
  fields.finish();
  model.upstream_model = upstream.model_path;
  draft.config.upstreams.push_back(std::move(upstream));
  draft.upstream_places.push_back(node.at);
  return model;
}

void read_upstream(const Node& node, Draft& draft, Findings& findings) {
  Upstream upstream;
  Fields fields(node, findings);
  fields.text("name", upstream.name, false);
  std::string url;
  fields.text("url", url);
  const Node* url_node = fields.child("url");
  if (const auto address = parse_engine_url(url)) {
    upstream.host = address->host;
    upstream.port = address->port;
  } else {
    findings.add(url_node != nullptr ? url_node->at : node.at, "url: http://호스트:포트 형식이어야 합니다",
                 "url: must be of the form http://host:port");
  }
  fields.choice("type", upstream.type, {{"sglang", EngineType::sglang}, {"vllm", EngineType::vllm}});
  name_models(fields, "models", upstream.models, draft);
  fields.secret("api_key", upstream.api_key);
  fields.secret("admin_api_key", upstream.admin_api_key);
  fields.integer("weight", upstream.weight, 1, 1'000);
  fields.integer("max_in_flight", upstream.max_in_flight, 1, kMostInFlight);
  read_queue(fields, upstream.queue, findings);
  fields.finish();
  if (upstream.name.empty()) upstream.name = "upstream-" + std::to_string(draft.config.upstreams.size() + 1);
  draft.config.upstreams.push_back(std::move(upstream));
  draft.upstream_places.push_back(node.at);
}

void read_model(const Node::Entry& entry, Draft& draft, Findings& findings) {
  Model model;
  model.alias = entry.key;
  model.upstream_model = entry.key;
  if (entry.key.empty()) {
    findings.add(entry.key_at, "모델 이름이 비어 있습니다", "a model needs a name");
    return;
  }
  Fields fields(entry.value, findings);
  fields.text("upstream_model", model.upstream_model, false);
  fields.text("tokenizer", model.tokenizer);
  fields.integer("context_length", model.context_length, 0, kMostContext);
  std::int64_t max_tokens = 0;
  fields.integer("default_max_tokens", max_tokens, 1, kMostContext);
  if (max_tokens > 0) model.default_max_tokens = max_tokens;
  if (const Node* limits = fields.map("limits")) {
    Fields inner(*limits, findings);
    inner.limits(model.limits);
    inner.finish();
  }
  fields.finish();
  draft.config.models.push_back(std::move(model));
  draft.model_places.push_back(entry.key_at);
}

// Both forms in one file contradict each other; of two files the later one decides.
bool many_engine_form(const Node& root, Findings& findings) {
  const Node::Entry* one = root.find("sglang_server");
  const Node::Entry* many = root.find("upstreams");
  if (many == nullptr || many->value.is_null()) return false;
  if (many->value.kind != Node::Kind::sequence) {
    findings.add(many->value.at, "upstreams: 목록이 필요합니다", "upstreams: a list is needed");
    return true;
  }
  if (many->value.items.empty()) return false;
  if (one == nullptr || one->value.is_null()) return true;
  if (one->key_at.source == many->key_at.source)
    findings.add(many->key_at, "sglang_server와 upstreams 중 하나만 쓸 수 있습니다",
                 "sglang_server and upstreams exclude each other: say only one");
  return one->key_at.source <= many->key_at.source;
}

}  // namespace

void read_engines(const Node& root, Draft& draft, Findings& findings) {
  Config& config = draft.config;
  std::optional<Model> served;
  if (many_engine_form(root, findings)) {
    for (const Node& item : section(root, "upstreams").items) read_upstream(item, draft, findings);
  } else {
    served = read_sglang_server(section(root, "sglang_server"), draft, findings);
  }
  Fields models(section(root, "models"), findings);
  for (const Node::Entry& entry : section(root, "models").entries) read_model(entry, draft, findings);
  if (served && config.model(served->alias) == nullptr) {
    config.models.insert(config.models.begin(), *served);
    draft.model_places.insert(draft.model_places.begin(), section(root, "sglang_server").at);
  }
  if (config.models.empty())
    findings.add(section(root, "upstreams").at, "models: 모델이 하나 이상 필요합니다",
                 "models: at least one model is needed");
}

}  // namespace ktl::config

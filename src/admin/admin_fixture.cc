#include "admin/admin_fixture.h"

namespace ktl::admin {
namespace {

constexpr Millis kLong{5000};

bool is_json(std::string_view text) {
  protocol::JsonCursor in(text, 64);
  return in.skip() && in.at_end();
}

}  // namespace

void AdminFixture::fill_catalogue() {
  user_key = *store.scope(ScopeKind::key, "k1");
  other_key = *store.scope(ScopeKind::key, "k2");
  user = *store.scope(ScopeKind::user, "사용자1");
  other = *store.scope(ScopeKind::user, "개발자1");
  group = *store.scope(ScopeKind::group, "개발자그룹");
  model_scope = *store.scope(ScopeKind::model, "korean-qwen");
  second_model_scope = *store.scope(ScopeKind::model, "team/solar");
  global = *store.scope(ScopeKind::global, "everybody");

  auto picture = std::make_shared<gateway::Catalogue>();
  gateway::Model model;
  model.alias = "korean-qwen";
  model.metrics = &metrics_->model(model.alias);
  model.served_name = "Qwen/Qwen2.5-3B-Instruct";
  model.scope = model_scope;
  model.context_length = 8192;
  model.counter = std::make_shared<tokenizer::EstimateCounter>();
  model.estimator = model.counter;
  model.drift = std::make_shared<prompt::Drift>();
  model.chat_template = "unknown";
  picture->models.push_back(model);
  model.alias = "team/solar";
  model.metrics = &metrics_->model(model.alias);
  model.served_name = "upstage/SOLAR";
  model.scope = second_model_scope;
  model.context_length = 0;
  picture->models.push_back(model);

  identity::Principal first;
  first.key = user_key;
  first.user = user;
  first.user_name = "사용자1";
  first.key_name = "sk-user…def";
  first.description = "시범 \"사용자\"";
  first.allowed_models = {"korean-qwen"};
  identity::Principal second;
  second.key = other_key;
  second.user = other;
  second.user_name = "개발자1";
  second.key_name = "sk-dev1…789";
  second.groups = {group};
  second.group_names = {"개발자그룹"};
  picture->directory = std::make_shared<identity::Directory>(std::vector<identity::Directory::KeyEntry>{
      {identity::digest_of(kUserKey), first}, {identity::digest_of(kOtherKey), second}});
  picture->admin_keys = {identity::digest_of(kAdminKey)};
  picture->global_scope = global;
  catalogue.set(std::move(picture));
}

void AdminFixture::start() {
  for (std::size_t i = 0; i < engine_count; ++i) {
    engines_.push_back(std::make_unique<net::HttpServer>(loop, net::ServerOptions{},
                                                         [this](net::HttpExchange& x) { return answer_as_engine(x); }));
    upstream::Options engine;
    engine.name = "engine-" + std::to_string(i);
    engine.type = engine_type;
    engine.port = *engines_.back()->listen("127.0.0.1", 0);
    engine.api_key = "engine-key";
    upstreams.push_back(std::move(*upstream::Upstream::create(engine)));
  }
  accounting = std::make_unique<gateway::Accounting>(gateway::Accounting::Options{}, store, clock);
  metrics_ = std::make_unique<gateway::Metrics>(registry);
  fill_catalogue();
  quota::Limits limits;
  limits[quota::LimitKind::rpm] = 40;
  limits[quota::LimitKind::tpm] = 8000;
  accounting->set_limits(user, ScopeKind::user, limits);

  services_ = std::make_unique<gateway::Services>(gateway::Services{
      gateway_options, clock, *accounting, catalogue, expected_output, *metrics_, log, nullptr, draining, offload});
  loop_services_ = std::make_unique<gateway::LoopServices>(*services_, loop, Rng(1));
  AdminServices given{*services_, registry, {}, options, reload, history};
  for (const auto& engine : upstreams) given.upstreams.push_back(engine.get());
  admin_ = std::make_unique<Admin>(std::move(given));
  server_ =
      std::make_unique<net::HttpServer>(loop, net::ServerOptions{}, [this](net::HttpExchange& x) { return answer(x); });
  port_ = *server_->listen("127.0.0.1", 0);
}

void AdminFixture::stop_engine(std::size_t which) {
  engines_[which]->drain();
  engines_[which].reset();
}

void AdminFixture::run(net::Task<void> test) {
  loop.spawn(finish_with(std::move(test)));
  loop.run();
}

net::Task<void> AdminFixture::finish_with(net::Task<void> test) {
  co_await test;
  server_->drain();
  for (auto& engine : engines_)
    if (engine) engine->drain();
  while (loop.spawned() > 1) co_await loop.sleep(Millis(1));
  loop.stop();
}

net::Task<void> AdminFixture::answer_as_engine(net::HttpExchange& x) {
  const std::string target(x.head().target);
  engine_saw.push_back(target + " " + std::string(x.head().headers.get("authorization")));
  const auto page = engine_pages.find(target);
  if (page == engine_pages.end()) {
    co_await x.reply(404, "content-type: application/json\r\n", R"({"detail":"Not Found"})");
    co_return;
  }
  co_await x.reply(200, "content-type: application/json\r\n", page->second);
}

net::Task<Got> AdminFixture::get(std::string target, std::string_view key) {
  std::string line;
  if (!key.empty()) line.append("authorization: Bearer ").append(key).append("\r\n");
  return ask("GET", std::move(target), std::move(line));
}

net::Task<Got> AdminFixture::ask(std::string method, std::string target, std::string header_lines, std::string body) {
  Got got;
  auto connection = co_await net::ClientConnection::connect(loop, net::resolve("127.0.0.1", port_)->front(), kLong);
  if (!connection) co_return got;
  net::ClientConnection& c = **connection;
  std::string text = method + " " + target + " HTTP/1.1\r\nhost: " + host + "\r\n" + header_lines;
  if (!body.empty())
    text += "content-type: application/json\r\ncontent-length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n" + body;
  const std::string_view part = text;
  auto sent = co_await c.send({&part, 1}, kLong);
  auto head = co_await c.read_head(kLong);
  if (!sent || !head) co_return got;
  got.status = (*head)->status;
  for (const net::Header& header : (*head)->headers)
    got.headers.append(header.name).append(": ").append(header.value).append("\n");
  const bool bodyless = method == "HEAD" || got.status == 204;
  while (!bodyless && !c.all_received()) {
    auto more = co_await c.receive(kLong);
    if (!more) break;
  }
  if (!bodyless) got.body = c.body();
  c.consume(c.body().size());
  if (got.header("content-type").starts_with("application/json") && !bodyless) {
    EXPECT_TRUE(is_json(got.body)) << method << " " << target << "\n" << got;
  }
  co_return got;
}

void AdminFixture::publish(const monitor::Sample& sample) {
  admin_->publish(std::make_shared<const monitor::Sample>(sample));
}

double AdminFixture::sampled(std::string_view metric) {
  for (const auto& family : registry.collect())
    if (family.name == metric) return family.series.front().value;
  return -1;
}

net::Task<std::unique_ptr<net::ClientConnection>> AdminFixture::watch() {
  auto connection = co_await net::ClientConnection::connect(loop, net::resolve("127.0.0.1", port_)->front(), kLong);
  const std::string text = "GET /admin/events HTTP/1.1\r\nhost: " + host + "\r\nauthorization: Bearer " +
                           std::string(kAdminKey) + "\r\n\r\n";
  const std::string_view part = text;
  auto sent = co_await (*connection)->send({&part, 1}, kLong);
  auto head = co_await (*connection)->read_head(kLong);
  EXPECT_TRUE(sent.has_value() && head.has_value() && (*head)->status == 200);
  co_return std::move(*connection);
}

void AdminFixture::use(ScopeId who, std::int64_t prompt, std::int64_t completion) {
  const ScopeId scopes[] = {who, model_scope, global};
  auto claim = accounting->reserve(scopes, prompt + completion);
  ASSERT_TRUE(claim.has_value());
  auto* charge = std::get_if<gateway::Charge>(&*claim);
  ASSERT_NE(charge, nullptr);
  TokenUsage usage;
  usage.prompt = prompt;
  usage.completion = completion;
  charge->settle(usage, ledger::Outcome::ok);
  metrics_->prompt_tokens.add(static_cast<std::uint64_t>(prompt));
  metrics_->completion_tokens.add(static_cast<std::uint64_t>(completion));
  metrics_->duration.observe(1000);
}

}  // namespace ktl::admin

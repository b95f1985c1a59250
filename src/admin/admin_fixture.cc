#include "admin/admin_fixture.h"

namespace ktl::admin {
namespace {

constexpr Millis kLong{5000};

bool is_json(std::string_view text) {
  protocol::JsonCursor in(text, 64);
  return in.skip() && in.at_end();
}

}  // namespace

void AdminFixture::fill_config() {
  config.default_limits = {};
  config.models.clear();
  for (const auto& [alias, served, length] : {std::tuple{"korean-qwen", "Qwen/Qwen2.5-3B-Instruct", std::int64_t{8192}},
                                              std::tuple{"team/solar", "upstage/SOLAR", std::int64_t{0}}}) {
    config::Model model;
    model.alias = alias;
    model.upstream_model = served;
    model.context_length = length;
    config.models.push_back(model);
  }
  config::User first;
  first.name = "사용자1";
  first.description = "시범 \"사용자\"";
  first.models = {"korean-qwen"};
  first.limits[quota::LimitKind::rpm] = 40;
  first.limits[quota::LimitKind::tpm] = 8000;
  first.own_limits = {quota::LimitKind::rpm, quota::LimitKind::tpm};
  config::User second;
  second.name = "개발자1";
  config.users = {first, second};
  config::Group developers;
  developers.name = "개발자그룹";
  developers.users = {"개발자1"};
  config.groups = {developers};
  config::ApiKey key;
  key.digest = identity::digest_of(kUserKey);
  key.mask = "sk-user…def";
  key.user = "사용자1";
  config.api_keys.push_back(key);
  key.digest = identity::digest_of(kOtherKey);
  key.mask = "sk-dev1…789";
  key.user = "개발자1";
  config.api_keys.push_back(key);
  config.security.admin_keys = {{identity::digest_of(kAdminKey), "the-ope…key"}};
}

Result<void> AdminFixture::take_over() {
  const auto people = identity_store.people();
  auto roster = app::build_roster(config, *people,
                                  [this](ScopeKind kind, std::string_view name) { return store.scope(kind, name); });
  if (!roster) return tl::unexpected(roster.error());
  auto picture = std::make_shared<gateway::Catalogue>();
  for (std::size_t i = 0; i < config.models.size(); ++i) {
    gateway::Model model;
    model.alias = config.models[i].alias;
    model.metrics = &metrics_->model(model.alias);
    model.served_name = config.models[i].upstream_model;
    model.scope = roster->models[i].scope;
    model.context_length = config.models[i].context_length;
    model.counter = std::make_shared<tokenizer::EstimateCounter>();
    model.estimator = model.counter;
    model.drift = std::make_shared<prompt::Drift>();
    model.chat_template = "unknown";
    picture->models.push_back(model);
  }
  std::vector<identity::Directory::KeyEntry> keys;
  for (const gateway::RosterKey& key : roster->keys) {
    const gateway::RosterUser& owner = *roster->user(key.user);
    if (owner.disabled || key.disabled || key.revoked) continue;
    identity::Principal principal;
    principal.key = key.limits.scope;
    principal.user = owner.limits.scope;
    principal.user_name = owner.name;
    principal.key_name = key.shown();
    principal.allowed_models = owner.models;
    principal.admin = key.admin;
    principal.expires_at = key.expires_at;
    keys.push_back({key.digest, principal});
  }
  for (const gateway::RosterUser& one : roster->users)
    accounting->set_limits(one.limits.scope, ScopeKind::user, one.limits.effective());
  picture->directory = std::make_shared<identity::Directory>(std::move(keys));
  picture->admin_keys = {identity::digest_of(kAdminKey)};
  picture->global_scope = roster->global.scope;
  picture->roster = std::make_shared<gateway::Roster>(std::move(*roster));
  catalogue.set(std::move(picture));
  return {};
}

void AdminFixture::find_scopes() {
  const gateway::Roster& people = *catalogue.get()->roster;
  user_key = people.keys[0].limits.scope;
  other_key = people.keys[1].limits.scope;
  user = people.user("사용자1")->limits.scope;
  other = people.user("개발자1")->limits.scope;
  group = people.group("개발자그룹")->limits.scope;
  model_scope = people.model("korean-qwen")->scope;
  second_model_scope = people.model("team/solar")->scope;
  global = people.global.scope;
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
  fill_config();
  ASSERT_TRUE(take_over());
  find_scopes();

  services_ = std::make_unique<gateway::Services>(gateway::Services{
      gateway_options, clock, *accounting, catalogue, expected_output, *metrics_, log, nullptr, draining, offload});
  loop_services_ = std::make_unique<gateway::LoopServices>(*services_, loop, Rng(1));
  management_ = std::make_unique<app::Management>(app::Management::Surroundings{
      .store = identity_store,
      .clock = clock,
      .config = [this] { return config; },
      .numbers = [this](ScopeKind kind, std::string_view name) { return store.scope(kind, name); },
      .in_force = [this] { return catalogue.get()->roster; },
      .take_over =
          [this](std::span<const storage::Edit> edits) {
            for (const storage::Edit& edit : edits) {
              if (const auto* ban = std::get_if<storage::BanRow>(&edit))
                accounting->take_over_ban(app::ban_of(*ban), false);
              if (const auto* lifted = std::get_if<storage::LiftedBan>(&edit))
                accounting->take_over_ban({.scope = lifted->scope, .until = {}, .manual = true, .reason = {}}, true);
            }
            return take_over();
          },
      .bans = [this] { return accounting->bans(); }});
  AdminServices given{*services_, registry, {}, options, reload, history, management_.get()};
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

#include "app/cli/admin_desk.h"

#include <simdjson.h>

#include "admin/routes.h"
#include "app/cli/ask_gateway.h"
#include "app/cli/open_identity.h"
#include "app/management.h"
#include "base/text.h"
#include "storage/memory/memory_identity.h"

namespace ktl::app {
namespace {

// The pages on a store. It may not be there yet: then only the configuration is.
class StoreDesk final : public AdminDesk {
 public:
  StoreDesk(const CommandContext& context, const config::Config& config, OpenIdentity store)
      : context_(context),
        config_(config),
        store_(std::move(store)),
        identity_(store_ ? *store_ : nothing_),
        management_({.store = identity_,
                     .clock = context.clock,
                     .config = [this] { return config_; },
                     .numbers = [this](ScopeKind kind, std::string_view name) { return number_of(kind, name); }}) {}

  Reply ask(std::string_view method, const std::string& target, std::string_view body) override {
    const std::string_view path = std::string_view(target).substr(0, target.find('?'));
    const admin::Found found = admin::find_route(method, path);
    if (found.route == nullptr || found.route->desk == nullptr) return {404, "{}"};
    const std::string_view query =
        path.size() == target.size() ? std::string_view() : std::string_view(target).substr(path.size() + 1);
    const bool korean = context_.language == config::Language::korean;
    admin::Desk desk{.management = management_,
                     .language = korean ? protocol::Language::korean : protocol::Language::english,
                     .who = "cli:" + context_.environment("USER").value_or("?"),
                     .kind = found.route->kind,
                     .name = percent_decode(found.rest).value_or(""),
                     .query = query,
                     .body = body,
                     .now = context_.clock.wall()};
    admin::Answer answer = found.route->desk(desk);
    const bool changed = method != "GET" && answer.status < 300;
    if (changed)
      context_.err << context_.say("실행 중인 게이트웨이에 1초 안에 반영됩니다\n",
                                   "running gateways take this over within a second\n");
    return {answer.status, std::move(answer.body)};
  }

 private:
  // A file that is only read has no numbers for those that nobody has seen yet.
  Result<ScopeId> number_of(ScopeKind kind, std::string_view name) {
    auto number = identity_.scope(kind, name);
    if (!number && number.error().code == ErrorCode::not_found) return ScopeId::none;
    return number;
  }

  const CommandContext& context_;
  const config::Config& config_;
  OpenIdentity store_;
  storage::MemoryIdentity nothing_;
  storage::IdentityStore& identity_;
  Management management_;
};

// The pages of a gateway.
class GatewayDesk final : public AdminDesk {
 public:
  GatewayDesk(const CommandContext& context, std::string url, std::string key)
      : context_(context), url_(std::move(url)), key_(std::move(key)) {}

  Reply ask(std::string_view method, const std::string& target, std::string_view body) override {
    const bool korean = context_.language == config::Language::korean;
    auto answer = ask_gateway(url_, {method, target, body, key_, korean ? "ko" : "en"});
    if (answer) return {answer->status, std::move(answer->body)};
    context_.err << context_.say("게이트웨이가 답하지 않습니다: ", "the gateway does not answer: ")
                 << answer.error().message << "\n";
    return {};
  }

 private:
  const CommandContext& context_;
  const std::string url_;
  const std::string key_;
};

}  // namespace

std::unique_ptr<AdminDesk> AdminDesk::open(const CommandContext& context, const config::Config& config,
                                           const std::string& url, bool changes) {
  if (!url.empty()) {
    const auto key = context.environment("KTL_ADMIN_KEY");
    if (key && !key->empty()) return std::make_unique<GatewayDesk>(context, url, *key);
    context.err << context.say("--url에는 환경 변수 KTL_ADMIN_KEY의 관리자 키가 필요합니다\n",
                               "--url needs an admin key in the environment variable KTL_ADMIN_KEY\n");
    return nullptr;
  }
  if (config.storage.type == config::StorageType::memory) {
    context.err << context.say("storage.type: memory는 게이트웨이 안에만 있습니다. --url을 쓰세요\n",
                               "storage.type: memory is inside the gateway only; use --url\n");
    return nullptr;
  }
  bool failed = false;
  OpenIdentity store = changes ? open_identity(context, config) : open_identity_if_there(context, config, failed);
  if (failed || (changes && !store)) return nullptr;
  return std::make_unique<StoreDesk>(context, config, std::move(store));
}

int refuse(const CommandContext& context, const AdminDesk::Reply& reply) {
  if (reply.status == 0) return kFailed;
  simdjson::dom::parser parser;
  std::string_view message;
  const bool told = parser.parse(reply.body)["error"]["message"].get(message) == simdjson::SUCCESS;
  context.err << context.say("실패: ", "failed: ") << (told ? message : std::string_view(reply.body)) << "\n";
  return kFailed;
}

}  // namespace ktl::app

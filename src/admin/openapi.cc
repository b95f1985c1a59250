#include "admin/openapi.h"

#include <algorithm>
#include <array>
#include <map>

#include "admin/json_writer.h"
#include "admin/routes.h"

namespace ktl::admin {
namespace {

struct Operation {
  std::string_view method;
  std::string_view path;
  std::string_view id;
  std::string_view summary;
  std::string_view query = {};   // names, separated by commas
  std::string_view body = {};    // schema of what is sent; empty: nothing
  std::string_view answer = {};  // schema; empty: no JSON
  int status = 200;
};

constexpr Operation kOperations[] = {
    {"GET", "/health", "health", "상태 / state of gateway, engine and store", "", "", "Health"},
    {"GET", "/livez", "livez", "프로세스가 살아 있음 / the process lives", "", "", "Liveness"},
    {"GET", "/readyz", "readyz", "요청을 받을 수 있음 / ready for requests", "", "", "Readiness"},
    {"GET", "/metrics", "metrics", "Prometheus 지표 / metrics"},
    {"GET", "/openapi.json", "openapi", "이 문서 / this document", "", "", "Document"},
    {"GET", "/v1/models", "listModels", "모델 목록 / models this key may use", "", "", "ModelCards"},
    {"GET", "/models", "listModelsOld", "모델 목록 / models this key may use", "", "", "ModelCards"},
    {"GET", "/v1/models/**", "showModel", "모델 하나 / one model", "", "", "ModelCard"},
    {"GET", "/token-info", "tokenInfo", "텍스트의 토큰 수 / tokens of a text", "text,model,method,pieces", "", "TokenInfo"},
    {"POST", "/token-info", "tokenInfoPosted", "텍스트의 토큰 수 / tokens of a text", "", "TokenQuestion", "TokenInfo"},
    {"GET", "/stats/**", "stats", "사용자의 사용량과 한도 / a user's usage and limits", "", "", "Stats"},
    {"GET", "/admin/users", "listUsers", "사용자 목록 / users", "search,offset,limit,sort", "", "UserList"},
    {"POST", "/admin/users", "createUser", "사용자 추가 / add a user", "", "NewUser", "User", 201},
    {"GET", "/admin/users/*", "showUser", "사용자 하나 / one user", "", "", "User"},
    {"PATCH", "/admin/users/*", "changeUser", "사용자 변경 / change a user", "", "UserChange", "User"},
    {"DELETE", "/admin/users/*", "removeUser", "사용자 삭제 / remove a user", "", "", "RemovedUser"},
    {"GET", "/admin/groups", "listGroups", "그룹 목록 / groups", "", "", "GroupList"},
    {"POST", "/admin/groups", "createGroup", "그룹 추가 / add a group", "", "NewGroup", "Group", 201},
    {"GET", "/admin/groups/*", "showGroup", "그룹 하나 / one group", "", "", "Group"},
    {"PATCH", "/admin/groups/*", "changeGroup", "그룹 변경 / change a group", "", "GroupChange", "Group"},
    {"DELETE", "/admin/groups/*", "removeGroup", "그룹 삭제 / remove a group", "", "", "RemovedGroup"},
    {"GET", "/admin/keys", "listKeys", "키 목록 / keys, masked", "user,state,offset,limit", "", "KeyList"},
    {"POST", "/admin/keys", "createKey", "키 만들기: 한 번만 보임 / make a key: told once", "", "NewKey", "FreshKey",
     201},
    {"GET", "/admin/keys/*", "showKey", "키 하나 / one key", "", "", "Key"},
    {"PATCH", "/admin/keys/*", "changeKey", "키 변경 / change a key", "", "KeyChange", "Key"},
    {"DELETE", "/admin/keys/*", "revokeKey", "키 폐기 / revoke a key, for ever", "", "", "RevokedKey"},
    {"POST", "/admin/keys/*/rotate", "rotateKey", "키 교체 / replace a key", "", "Rotation", "FreshKey", 201},
    {"GET", "/admin/limits", "listLimits", "모든 한도 / all limits", "kind,name", "", "LimitsList"},
    {"GET", "/admin/limits/effective", "explainLimits", "어느 한도가 걸리는지 / which limit binds", "user,key,model",
     "", "EffectiveLimits"},
    {"GET", "/admin/bans", "listBans", "차단 목록 / bans", "", "", "BanList"},
    {"POST", "/admin/bans", "addBan", "차단 / shut somebody out", "", "NewBan", "Ban", 201},
    {"DELETE", "/admin/bans/*", "liftBan", "차단 해제 / lift a ban", "", "", "LiftedBan"},
    {"GET", "/admin/usage", "usage", "모든 사용량 / everything ever booked", "", "", "BookedUsage"},
    {"GET", "/admin/usage/series", "usageSeries", "기간별 사용량 / usage by hour or day", "by,name,bucket,since", "",
     "UsageRows"},
    {"GET", "/admin/usage/top", "usageTop", "많이 쓴 순서 / who used most", "by,since,limit", "", "UsageRows"},
    {"GET", "/admin/config", "showConfig", "적용된 설정 / the configuration in force, secrets masked", "", "",
     "Configuration"},
    {"GET", "/admin/violations", "listViolations", "최근 거절 / latest refusals", "limit,user,kind,by", "",
     "Violations"},
    {"GET", "/admin/audit", "listAudit", "변경 기록 / who changed what", "limit,before,who,target", "", "Audit"},
    {"POST", "/admin/reload", "reload", "설정 다시 읽기 / read the configuration anew", "", "", "Reloaded"},
    {"GET", "/metrics/engine/*", "engineMetrics", "엔진의 Prometheus 지표 / an engine's metrics"},
    {"GET", "/admin/overview", "overview", "지금의 모습 / what goes on now", "", "", "Overview"},
    {"GET", "/admin/engine", "engines", "엔진의 지금 / the engines now", "", "", "Engines"},
    {"GET", "/admin/gpu", "gpus", "GPU / the GPUs", "", "", "Gpus"},
    {"GET", "/admin/series", "series", "시계열 / the past in figures", "name,from,to,step", "", "Series"},
    {"GET", "/admin/events", "events", "실시간 (SSE) / live, as server-sent events"},
    {"POST", "/admin/sglang/optimize", "optimize", "엔진에 보내는 수를 맞추기 / fit the places in flight", "", "",
     "Optimized"},
    {"POST", "/admin/sglang/warmup", "warmup", "한국어로 예열 / warm the engines up", "", "Warmup", "WarmedUp"},
    {"GET", "/admin/sglang/performance", "performance", "엔진 성능 / the engines' figures", "", "", "Performance"},
    {"GET", "/admin/sglang/runtime-info", "runtimeInfo", "엔진 정보 / the engines", "", "", "RuntimeInfo"},
    {"GET", "/sglang/runtime-info", "runtimeInfoOld", "엔진 정보 / the engines", "", "", "RuntimeInfo"},
};

constexpr Operation kLimitOperations[] = {
    {"GET", "", "show", "한도 / limits", "", "", "LimitsStanding"},
    {"PUT", "", "put", "정한 한도 바꾸기 / replace what is set", "", "LimitOrder", "LimitsStanding"},
    {"PATCH", "", "patch", "말한 한도만 바꾸기 / change what is said", "", "LimitOrder", "LimitsStanding"},
    {"DELETE", "", "unset", "정한 한도 되돌리기 / unset all", "", "", "LimitsStanding"},
};

const Operation* operation_of(const Route& route) {
  const bool limits = route.path.ends_with("/limits") && route.path != "/admin/limits";
  const auto fits = [&](const Operation& one) {
    return one.method == route.method && (limits || one.path == route.path);
  };
  const Operation* begin = limits ? std::begin(kLimitOperations) : std::begin(kOperations);
  const Operation* end = limits ? std::end(kLimitOperations) : std::end(kOperations);
  const Operation* found = std::find_if(begin, end, fits);
  return found == end ? nullptr : found;
}

// "/admin/users/*/limits" -> "/admin/users/{name}/limits".
std::string templated(std::string_view path) {
  const std::size_t star = path.find('*');
  if (star == std::string_view::npos) return std::string(path);
  const std::size_t after = path.find_first_not_of('*', star);
  std::string text(path.substr(0, star));
  return text.append("{name}").append(after == std::string_view::npos ? std::string_view() : path.substr(after));
}

std::string_view access_of(Need need) {
  constexpr std::array<std::string_view, 6> kWords{"open", "key", "key_or_loopback", "owner", "admin_read", "admin"};
  return kWords[static_cast<std::size_t>(need)];
}

void write_parameter(JsonWriter& json, std::string_view name, std::string_view in, bool required) {
  json.begin_object().field("name", name).field("in", in).field("required", required);
  json.key("schema").begin_object().field("type", "string").end_object().end_object();
}

void write_parameters(JsonWriter& json, const Route& route, std::string_view query) {
  json.key("parameters").begin_array();
  if (route.path.find('*') != std::string_view::npos) write_parameter(json, "name", "path", true);
  while (!query.empty()) {
    const std::string_view name = query.substr(0, query.find(','));
    write_parameter(json, name, "query", false);
    query.remove_prefix(std::min(name.size() + 1, query.size()));
  }
  if (route.need == Need::admin_change && route.path.find('*') != std::string_view::npos)
    write_parameter(json, "if-match", "header", false);
  json.end_array();
}

void write_content(JsonWriter& json, std::string_view schema) {
  json.key("content").begin_object().key("application/json").begin_object().key("schema").begin_object();
  json.field("$ref", std::string("#/components/schemas/").append(schema)).end_object().end_object().end_object();
}

void write_responses(JsonWriter& json, const Operation& operation) {
  json.key("responses").begin_object().key(std::to_string(operation.status)).begin_object();
  json.field("description", "됨 / done");
  if (!operation.answer.empty()) write_content(json, operation.answer);
  json.end_object().key("default").begin_object().field("description", "거절 / refused");
  write_content(json, "Error");
  json.end_object().end_object();
}

void write_operation(JsonWriter& json, const Route& route) {
  std::string method(route.method);
  std::transform(method.begin(), method.end(), method.begin(), [](char c) { return static_cast<char>(c + 32); });
  json.key(method).begin_object();
  if (const Operation* operation = operation_of(route)) {
    const bool limits = operation->path.empty();
    std::string id(operation->id);
    if (limits) id.append("_limits_of_").append(ktl::name_of(route.kind));
    json.field("operationId", id).field("summary", operation->summary);
    write_parameters(json, route, operation->query);
    if (!operation->body.empty()) {
      json.key("requestBody").begin_object();
      write_content(json, operation->body);
      json.end_object();
    }
    write_responses(json, *operation);
  }
  json.field("x-access", access_of(route.need)).key("security").begin_array();
  if (route.need != Need::nothing) json.begin_object().key("bearer").begin_array().end_array().end_object();
  json.end_array().end_object();
}

}  // namespace

std::string openapi(std::string_view version) {
  std::map<std::string, std::vector<const Route*>> paths;
  for (const Route& route : routes()) paths[templated(route.path)].push_back(&route);
  JsonWriter json;
  json.begin_object().field("openapi", "3.1.0").key("info").begin_object();
  json.field("title", "SGLang Korean Token Limiter").field("version", version);
  json.field("description",
             "x-access: open, key (an API key), key_or_loopback, owner (that user's key, or an admin), admin_read (an "
             "admin key; a caller on this machine where security.trust_loopback allows it), admin (an admin key)");
  json.end_object().key("paths").begin_object();
  for (const auto& [path, of_path] : paths) {
    json.key(path).begin_object();
    for (const Route* route : of_path) write_operation(json, *route);
    json.end_object();
  }
  json.end_object().key("components").begin_object().key("schemas");
  json.raw(std::string("{").append(people_schemas()).append(",").append(telemetry_schemas()).append("}"));
  json.key("securitySchemes").begin_object().key("bearer").begin_object();
  json.field("type", "http").field("scheme", "bearer").end_object().end_object().end_object().end_object();
  return json.take();
}

}  // namespace ktl::admin

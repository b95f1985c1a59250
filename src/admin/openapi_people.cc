// The schemas of /openapi.json about users, groups, keys, limits, bans and settings (JSON Schema 2020-12, as OpenAPI 3.1
// has it).
#include "admin/openapi.h"

namespace ktl::admin {

std::string_view people_schemas() {
  return R"json(
"Error":{"type":"object","required":["error"],"properties":{"error":{"type":"object",
  "required":["message","type","param","code"],"properties":{"message":{"type":"string"},"type":{"type":"string"},
  "param":{"type":["string","null"]},"code":{"type":["string","null"]}}}}},
"Instant":{"type":["string","null"],"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$"},
"LimitOrder":{"type":"object","additionalProperties":false,
  "description":"an amount; \"unlimited\": no limit, whatever the configuration says; null: unset, the configuration holds",
  "patternProperties":{"^(rpm|rph|rpd|tpm|tph|daily|concurrent)$":{"oneOf":[{"type":"integer","minimum":0},
  {"const":"unlimited"},{"type":"null"}]}}},
"Limits":{"type":"object","additionalProperties":false,"required":["rpm","rph","rpd","tpm","tph","daily","concurrent"],
  "description":"null: no limit","patternProperties":{"^(rpm|rph|rpd|tpm|tph|daily|concurrent)$":{
  "type":["integer","null"]}}},
"Sources":{"type":"object","required":["rpm","rph","rpd","tpm","tph","daily","concurrent"],"additionalProperties":false,
  "patternProperties":{"^(rpm|rph|rpd|tpm|tph|daily|concurrent)$":{"enum":["none","default","config","admin"]}}},
"LimitsView":{"type":"object",
  "required":["kind","name","scope","limits","sources","set","configured"],"properties":{
  "kind":{"enum":["key","user","group","model","global"]},"name":{"type":"string"},"scope":{"type":"integer"},
  "limits":{"$ref":"#/components/schemas/Limits"},"sources":{"$ref":"#/components/schemas/Sources"},
  "set":{"$ref":"#/components/schemas/LimitOrder"},"configured":{"$ref":"#/components/schemas/Limits"}}},
"LimitsStanding":{"allOf":[{"$ref":"#/components/schemas/LimitsView"}],"required":["windows"],
  "unevaluatedProperties":false,"properties":{"windows":{"type":"array","minItems":7,"maxItems":7,
  "description":"what is used now; amount null: no limit; used null: nobody counts",
  "items":{"$ref":"#/components/schemas/Window"}}}},
"LimitsList":{"type":"object","required":["limits","timestamp"],"properties":{"limits":{"type":"array",
  "items":{"allOf":[{"$ref":"#/components/schemas/LimitsView"}],"unevaluatedProperties":false}},"timestamp":{"$ref":"#/components/schemas/Instant"}}},
"Window":{"type":"object","required":["limit","amount","source","used","remaining","reset_ms"],"properties":{
  "kind":{"type":"string"},"name":{"type":"string"},"limit":{"enum":["rpm","rph","rpd","tpm","tph","daily","concurrent"]},
  "amount":{"type":["integer","null"]},"source":{"enum":["none","default","config","admin"]},"used":{"type":["integer","null"]},
  "remaining":{"type":["integer","null"]},"reset_ms":{"type":["integer","null"]}}},
"EffectiveLimits":{"type":"object","required":["user","key","model","scopes","binding","banned","timestamp"],"properties":{
  "user":{"type":"string"},"key":{"type":["string","null"]},"model":{"type":["string","null"]},
  "scopes":{"type":"array","items":{"type":"object","required":["kind","name","scope","windows"],"properties":{
  "windows":{"type":"array","items":{"$ref":"#/components/schemas/Window"}}}}},
  "binding":{"type":"object","required":["requests","tokens","concurrent"],"additionalProperties":{
  "oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Window"}]}},"banned":{"type":["object","null"]}}},
"Figures":{"type":"object","required":["requests_this_minute","requests_this_hour","requests_today","tokens_this_minute",
  "tokens_this_hour","tokens_today","in_flight","total_requests","total_tokens","total_prompt_tokens",
  "total_completion_tokens","limits","remaining","reset_ms"],"properties":{
  "limits":{"$ref":"#/components/schemas/Limits"},"remaining":{"$ref":"#/components/schemas/Limits"},
  "requests_this_minute":{"type":"integer"},"tokens_this_minute":{"type":"integer"},"in_flight":{"type":"integer"}}},
"Stats":{"allOf":[{"$ref":"#/components/schemas/Figures"},{"type":"object","required":["user_id","display_name",
  "description","groups","banned"],"properties":{"user_id":{"type":"string"},"banned":{"type":"boolean"}}}]},
"User":{"allOf":[{"$ref":"#/components/schemas/Stats"},{"type":"object","required":["source","changed","disabled","admin",
  "created_at","scope","last_used","models","sources","set","keys"],"properties":{
  "source":{"enum":["config","admin"]},"changed":{"type":"boolean"},"disabled":{"type":"boolean"},
  "created_at":{"$ref":"#/components/schemas/Instant"},"last_used":{"$ref":"#/components/schemas/Instant"},
  "models":{"type":"array","items":{"type":"string"}},"sources":{"$ref":"#/components/schemas/Sources"},
  "set":{"$ref":"#/components/schemas/LimitOrder"},"keys":{"type":"array","items":{"type":"object",
  "required":["id","name","mask","admin","state","banned","last_used"]}}}}]},
"UserList":{"type":"object","required":["count","total","offset","users","timestamp"],"properties":{
  "users":{"type":"array","items":{"$ref":"#/components/schemas/User"}}}},
"NewUser":{"type":"object","additionalProperties":false,"required":["name"],"properties":{
  "name":{"type":"string","minLength":1,"maxLength":200},"description":{"type":"string"},
  "models":{"type":"array","items":{"type":"string"}},"groups":{"type":"array","items":{"type":"string"}},
  "limits":{"$ref":"#/components/schemas/LimitOrder"}}},
"UserChange":{"type":"object","additionalProperties":false,"properties":{"description":{"type":"string"},
  "models":{"type":"array","items":{"type":"string"}},"groups":{"type":"array","items":{"type":"string"}},
  "disabled":{"type":"boolean"}}},
"Group":{"allOf":[{"$ref":"#/components/schemas/Figures"},{"type":"object","required":["name","description","source",
  "changed","users","created_at","scope","banned","sources","set"],"properties":{"users":{"type":"array",
  "items":{"type":"string"}}}}]},
"GroupList":{"type":"object","required":["count","groups","timestamp"],"properties":{"groups":{"type":"array",
  "items":{"$ref":"#/components/schemas/Group"}}}},
"NewGroup":{"type":"object","additionalProperties":false,"required":["name"],"properties":{"name":{"type":"string"},
  "description":{"type":"string"},"users":{"type":"array","items":{"type":"string"}},
  "limits":{"$ref":"#/components/schemas/LimitOrder"}}},
"GroupChange":{"type":"object","additionalProperties":false,"properties":{"description":{"type":"string"},
  "users":{"type":"array","items":{"type":"string"}},"add":{"type":"array","items":{"type":"string"}},
  "remove":{"type":"array","items":{"type":"string"}}}},
"Key":{"type":"object","required":["id","mask","label","name","user_id","source","admin","models","state","banned",
  "created_at","expires_at","last_used","replaced_by","published","scope","limits","sources","set"],"properties":{
  "limits":{"$ref":"#/components/schemas/Limits"},"sources":{"$ref":"#/components/schemas/Sources"},
  "set":{"$ref":"#/components/schemas/LimitOrder"},
  "id":{"type":"string","pattern":"^[0-9a-f]{12}$"},"state":{"enum":["active","disabled","revoked","expired"]},
  "created_at":{"$ref":"#/components/schemas/Instant"},"expires_at":{"$ref":"#/components/schemas/Instant"},
  "last_used":{"$ref":"#/components/schemas/Instant"}},"not":{"required":["key"]}},
"FreshKey":{"type":"object","required":["id","key","mask","user_id","state"],"properties":{
  "key":{"type":"string","pattern":"^sk-ktl-","description":"told this once"},"replaces":{"type":"string"}}},
"KeyList":{"type":"object","required":["count","total","offset","keys","timestamp"],"properties":{"keys":{"type":"array",
  "items":{"$ref":"#/components/schemas/Key"}}}},
"NewKey":{"type":"object","additionalProperties":false,"required":["user"],"properties":{"user":{"type":"string"},
  "label":{"type":"string","maxLength":200},"models":{"type":"array","items":{"type":"string"}},
  "admin":{"type":"boolean"},"expires_at":{"$ref":"#/components/schemas/Instant"},
  "expires_in_seconds":{"type":"integer","minimum":1}}},
"KeyChange":{"type":"object","additionalProperties":false,"properties":{"label":{"type":"string"},
  "models":{"type":"array","items":{"type":"string"}},"disabled":{"type":"boolean"},
  "expires_at":{"$ref":"#/components/schemas/Instant"}}},
"Rotation":{"type":"object","additionalProperties":false,"properties":{"overlap_seconds":{"type":"integer","minimum":0,
  "maximum":2592000,"default":3600}}},
"Ban":{"type":"object","additionalProperties":false,"required":["scope","kind","name","until","manual","reason"],
  "properties":{"scope":{"type":"integer"},"kind":{"type":["string","null"]},"name":{"type":["string","null"]},
  "until":{"$ref":"#/components/schemas/Instant"},"manual":{"type":"boolean"},"reason":{"type":"string"}}},
"BanList":{"type":"object","required":["bans","timestamp"],"properties":{"bans":{"type":"array",
  "items":{"$ref":"#/components/schemas/Ban"}}}},
"NewBan":{"type":"object","additionalProperties":false,"description":"one of user, group, key (id), key_name, scope",
  "properties":{"user":{"type":"string"},"group":{"type":"string"},"key":{"type":"string"},"key_name":{"type":"string"},
  "scope":{"type":"integer"},"duration_seconds":{"type":["integer","null"],"minimum":1},"reason":{"type":"string"}}},
"Violations":{"type":"object","required":["count","total","violations","by_limit","timestamp"],"properties":{
  "violations":{"type":"array","items":{"type":"object","required":["at","request_id","user_id","key","model","path",
  "status","kind","name","limit","allowed","used","requested","retry_after_ms","never"]}}}},
"Audit":{"type":"object","required":["entries","next"],"properties":{"next":{"type":["string","null"]},"entries":{
  "type":"array","items":{"type":"object","additionalProperties":false,"required":["id","at","who","action","target",
  "before","after"],"properties":{"id":{"type":"string"},"at":{"$ref":"#/components/schemas/Instant"},
  "who":{"type":"string"},"action":{"type":"string"},"target":{"type":"string"},"before":{"type":["object","null"]},
  "after":{"type":["object","null"]}}}}}},
"Optimized":{"type":"object","required":["changed","upstreams","timestamp"],"properties":{"changed":{"type":"boolean"},
  "upstreams":{"type":"array","items":{"type":"object","required":["name","changed","in_flight_limit","code","reason"],
  "properties":{"code":{"enum":["engine_batch_limit","already_applied","engine_unreachable","unknown_batch_limit"]}}}}}},
"Warmup":{"type":"object","properties":{"requests":{"type":"integer","minimum":1,"maximum":20},
  "max_tokens":{"type":"integer","minimum":1,"maximum":64}}},
"WarmedUp":{"type":"object","required":["upstreams","timestamp"],"properties":{"upstreams":{"type":"array",
  "items":{"type":"object","required":["name","ok","requests","first_ms","median_ms"]}}}},
"UsageRows":{"type":"object","required":["by","rows","timestamp"],"properties":{"rows":{"type":"array",
  "items":{"type":"object","required":["requests","prompt_tokens","completion_tokens","total_tokens"],"properties":{
  "name":{"type":"string"},"at":{"$ref":"#/components/schemas/Instant"},"requests":{"type":"integer"},
  "prompt_tokens":{"type":["integer","null"],"description":"null: hours are kept as sums"},
  "completion_tokens":{"type":["integer","null"]},
  "total_tokens":{"type":"integer"}}}}}},
"Configuration":{"type":"object","additionalProperties":false,"required":["yaml","values","timestamp"],"properties":{
  "yaml":{"type":"string"},"timestamp":{"$ref":"#/components/schemas/Instant"},"values":{"type":"array",
  "description":"all but users, keys and groups, which have pages of their own; secrets are masks",
  "items":{"type":"object","additionalProperties":false,
  "required":["path","value","source","file","line","variables","after_restart"],"properties":{
  "path":{"type":"string"},"value":{"type":"string"},"source":{"enum":["default","config","environment","admin"]},
  "file":{"type":["string","null"]},"line":{"type":["integer","null"]},
  "variables":{"type":["string","null"],"description":"environment variables that the value is made of"},
  "after_restart":{"type":["string","null"],
  "description":"what the files say by now, where that holds from the next start on"}}}}}},
"RemovedUser":{"type":"object","additionalProperties":false,"required":["user_id","deleted","reset","revoked_keys"],
  "description":"reset: a user of the configuration is as the file says again","properties":{
  "user_id":{"type":"string"},"deleted":{"type":"boolean"},"reset":{"type":"boolean"},"revoked_keys":{"type":"integer"}}},
"RemovedGroup":{"type":"object","additionalProperties":false,"required":["name","deleted","reset"],"properties":{
  "name":{"type":"string"},"deleted":{"type":"boolean"},"reset":{"type":"boolean"}}},
"RevokedKey":{"type":"object","additionalProperties":false,"required":["id","revoked"],"properties":{
  "id":{"type":"string"},"revoked":{"const":true}}},
"LiftedBan":{"type":"object","additionalProperties":false,"required":["scope","lifted"],"properties":{
  "scope":{"type":"integer"},"lifted":{"const":true}}},
"Reloaded":{"type":"object","additionalProperties":false,"required":["reloaded","timestamp"],"properties":{
  "reloaded":{"const":true},"timestamp":{"$ref":"#/components/schemas/Instant"}}}
)json";
}

}  // namespace ktl::admin

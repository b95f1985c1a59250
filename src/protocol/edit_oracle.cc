#include "protocol/edit_oracle.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace ktl::protocol {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;  // name, minified value

Members members_of(simdjson::dom::element element) {
  Members members;
  for (const auto& [key, value] : simdjson::dom::object(element)) {
    members.emplace_back(std::string(key), simdjson::minify(value));
  }
  return members;
}

Members members_of(std::string_view json) {
  simdjson::dom::parser parser;
  return members_of(parser.parse(simdjson::padded_string(json)).value());
}

Members::iterator find(Members& members, std::string_view name) {
  return std::find_if(members.begin(), members.end(), [name](const auto& member) { return member.first == name; });
}

bool may_not_stay(std::string_view name) {
  static const std::vector<std::string_view> kNames = {
      "rid",       "request_id",  "priority",      "custom_logit_processor", "data_parallel_rank",
      "lora_path", "routing_key", "custom_labels", "kv_transfer_params"};
  return std::count(kNames.begin(), kNames.end(), name) != 0 || name.substr(0, 10) == "bootstrap_" ||
         name.substr(0, 8) == "session_" || (name.size() >= 7 && name.substr(name.size() - 7) == "dp_rank");
}

std::string json_text(std::string_view text) {
  simdjson::dom::parser parser;
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) {
      json += c;
    } else {
      constexpr char kHex[] = "0123456789abcdef";
      json += "\\u00";
      json += kHex[c >> 4];
      json += kHex[c & 15];
    }
  }
  json += '"';
  return simdjson::minify(parser.parse(simdjson::padded_string(json)).value());
}

std::string object_of(const Members& members) {
  std::string json = "{";
  for (const auto& [name, value] : members) {
    if (json.size() > 1) json += ',';
    json += json_text(name) + ":" + value;
  }
  return json + "}";
}

std::string with_usage(const std::string& options, bool continuous) {
  Members members;
  if (options != "null") members = members_of(options);
  std::vector<std::string> wanted = {"include_usage"};
  if (continuous) wanted.push_back("continuous_usage_stats");
  Members fresh;
  for (const std::string& name : wanted) {
    const auto at = find(members, name);
    if (at == members.end()) {
      fresh.emplace_back(name, "true");
    } else {
      at->second = "true";
    }
  }
  fresh.insert(fresh.end(), members.begin(), members.end());
  return object_of(fresh);
}

Members expected(Endpoint endpoint, Members members, const EditPlan& plan) {
  std::erase_if(members, [](const auto& member) { return may_not_stay(member.first); });
  Members fresh;
  const auto set = [&](const std::string& name, const std::string& value) {
    const auto at = find(members, name);
    if (at == members.end()) {
      fresh.emplace_back(name, value);
    } else {
      at->second = value;
    }
  };
  if (plan.model) set("model", json_text(*plan.model));
  if (plan.inject_max_tokens && generates_text(endpoint)) {
    const auto other = find(members, "max_completion_tokens");
    const bool obeyed = endpoint == Endpoint::chat_completions && other != members.end() && other->second != "null";
    set(obeyed                            ? "max_completion_tokens"
        : endpoint == Endpoint::responses ? "max_output_tokens"
                                          : "max_tokens",
        std::to_string(*plan.inject_max_tokens));
  }
  if (!plan.rid.empty()) set(endpoint == Endpoint::responses ? "request_id" : "rid", json_text(plan.rid));
  if (plan.force_usage && (endpoint == Endpoint::chat_completions || endpoint == Endpoint::completions)) {
    const auto at = find(members, "stream_options");
    set("stream_options", with_usage(at == members.end() ? "null" : at->second, plan.continuous));
  }
  fresh.insert(fresh.end(), members.begin(), members.end());
  return fresh;
}

}  // namespace

OracleVerdict judge(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const auto error = parser.parse(simdjson::padded_string(body)).get(element);
  if (error == simdjson::NUMBER_ERROR || error == simdjson::NUMBER_OUT_OF_RANGE) {
    return OracleVerdict::out_of_range;
  }
  if (error != simdjson::SUCCESS || !element.is_object()) return OracleVerdict::invalid;
  return OracleVerdict::valid;
}

std::string difference(Endpoint endpoint, std::string_view original, const EditPlan& plan, std::string_view edited) {
  const Members wanted = expected(endpoint, members_of(original), plan);
  const Members found = members_of(edited);
  if (wanted == found) return {};
  return "wanted " + object_of(wanted) + "\nfound  " + object_of(found);
}

}  // namespace ktl::protocol

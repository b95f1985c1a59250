#include "protocol/engine_error.h"

#include "protocol/answer_reader.h"
#include "protocol/engine_message.h"
#include "protocol/json_cursor.h"
#include "protocol/messages.h"

namespace ktl::protocol {
namespace {

// What the object says before it is known whether it is an error at all.
struct Fields {
  std::string message;
  std::string type;
  std::string code;
  std::string param;
  int status = 0;
  bool is_error = false;
};

std::string read_text(JsonCursor& in) {
  JsonString string;
  if (in.peek() != JsonKind::string) {
    in.skip();
    return {};
  }
  if (!in.read_string(string)) return {};
  if (!string.escaped) return std::string(string.raw);
  std::string text(string.raw.size(), '\0');
  text.resize(unescape(string, text.data()));
  return text;
}

int as_status(std::string_view digits) {
  const auto value = to_integer(digits);
  return value && *value >= 400 && *value < 600 ? static_cast<int>(*value) : 0;
}

void read_code(JsonCursor& in, Fields& fields) {
  std::string_view number;
  if (in.peek() == JsonKind::number) {
    if (in.read_number(number)) fields.status = as_status(number);
    return;
  }
  std::string word = read_text(in);
  const bool digits = word.find_first_not_of("0123456789") == std::string::npos;
  if (digits) {
    fields.status = as_status(word);
  } else {
    fields.code = std::move(word);
  }
}

void read_fields(JsonCursor& in, Fields& fields, bool outermost);

// "error": an object, or just words.
void read_inner(JsonCursor& in, Fields& fields) {
  if (in.peek() == JsonKind::object) {
    fields.is_error = true;
    read_fields(in, fields, false);
  } else if (in.peek() == JsonKind::string) {
    fields.is_error = true;
    fields.message = read_text(in);
  } else {
    in.skip();
  }
}

// "response" of a failed Responses event: only its error counts.
void read_response(JsonCursor& in, Fields& fields) {
  if (in.peek() != JsonKind::object) {
    in.skip();
    return;
  }
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (key.is("error")) {
      read_inner(in, fields);
    } else {
      in.skip();
    }
  }
}

// "detail": words, or a list of what is wrong.
void read_detail(JsonCursor& in, Fields& fields) {
  if (in.peek() == JsonKind::string) {
    fields.is_error = true;
    fields.message = read_text(in);
    return;
  }
  const bool list = in.peek() == JsonKind::array;
  std::string_view raw;
  if (in.skip(raw) && list) {
    fields.is_error = true;
    fields.status = 400;
    fields.message = raw;
  }
}

void read_fields(JsonCursor& in, Fields& fields, bool outermost) {
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (key.is("message")) {
      fields.message = read_text(in);
    } else if (key.is("type")) {
      std::string type = read_text(in);
      if (outermost && type == "error") {
        fields.is_error = true;
      } else if (!outermost || fields.type.empty()) {
        fields.type = std::move(type);
      }
    } else if (key.is("code")) {
      read_code(in, fields);
    } else if (key.is("param")) {
      fields.param = read_text(in);
    } else if (key.is("object")) {
      fields.is_error = read_text(in) == "error" || fields.is_error;
    } else if (outermost && key.is("error")) {
      read_inner(in, fields);
    } else if (outermost && key.is("detail")) {
      read_detail(in, fields);
    } else if (outermost && key.is("response")) {
      read_response(in, fields);
    } else {
      in.skip();
    }
  }
}

int status_of_type(std::string_view type) {
  struct Known {
    std::string_view type;
    int status;
  };
  static constexpr Known kKnown[] = {
      {"BadRequestError", 400},
      {"BadRequest", 400},
      {"Bad Request", 400},
      {"BAD_REQUEST", 400},
      {"invalid_request_error", 400},
      {"invalid_prompt", 400},
      {"UnprocessableEntityError", 400},
      {"authentication_error", 401},
      {"permission_error", 403},
      {"NotFoundError", 404},
      {"not_found_error", 404},
      {"rate_limit_error", 429},
      {"SERVICE_UNAVAILABLE", 503},
      {"overloaded_error", 503},
      {"NotImplementedError", 501},
  };
  for (const Known& known : kKnown) {
    if (known.type == type) return known.status;
  }
  const int number = as_status(type);
  return number != 0 ? number : 500;
}

bool says_too_long(std::string_view message) {
  for (const std::string_view phrase : {"context length", "maximum allowed length", "max_model_len"}) {
    if (message.find(phrase) != std::string_view::npos) return true;
  }
  return false;
}

bool says_no_such_model(const EngineError& error) {
  return error.code == "model_not_found" || (error.message.find("model") != std::string::npos &&
                                             error.message.find("does not exist") != std::string::npos);
}

}  // namespace

std::optional<EngineError> read_engine_error(std::string_view json) {
  JsonCursor in(json, 512);
  if (in.peek() != JsonKind::object) return std::nullopt;
  Fields fields;
  read_fields(in, fields, true);
  if (!in.ok() || !in.at_end() || !fields.is_error) return std::nullopt;
  CleanMessage clean = clean_engine_message(fields.message);
  EngineError error;
  error.status = fields.status != 0 ? fields.status : status_of_type(fields.type.empty() ? fields.code : fields.type);
  error.type = clean_engine_message(fields.type).text;
  error.message = std::move(clean.text);
  error.code = clean_engine_message(fields.code).text;
  error.param = fields.param.empty() ? std::move(clean.param) : clean_engine_message(fields.param).text;
  return error;
}

ApiError to_api_error(const EngineError& error, Language language) {
  switch (error.status) {
    case 401:
    case 403:
      return engine_refused_gateway(language);
    case 404:
      return engine_rejected(language, 404, error.message, says_no_such_model(error) ? "model_not_found" : "not_found",
                             error.param);
    case 413:
      return engine_rejected(language, 413, error.message, "request_too_large", error.param);
    case 429:
    case 503:
      return engine_overloaded(language);
    case 504:
      return engine_failed(language);
    case 501:
      return engine_rejected(language, 400, error.message, "unsupported_value", error.param);
    default:
      break;
  }
  if (error.status >= 500) return engine_failed(language);
  return engine_rejected(language, 400, error.message,
                         says_too_long(error.message) ? "context_length_exceeded" : error.code, error.param);
}

ApiError from_engine(int http_status, std::string_view body, Language language) {
  EngineError error = read_engine_error(body).value_or(EngineError{});
  error.status = http_status;  // the body's own idea may be another: the status line counts
  return to_api_error(error, language);
}

}  // namespace ktl::protocol

// GET /v1/models, /models, /v1/models/{id}: what this key may use, as OpenAI lists it with SGLang's additions.
#include "admin/pages.h"
#include "protocol/messages.h"

namespace ktl::admin {
namespace {

void write_card(JsonWriter& json, const Page& page, const gateway::Model& model) {
  json.begin_object()
      .field("id", model.alias)
      .field("object", "model")
      .field("created", page.state.started)
      .field("owned_by", "sglang")
      .field("root", model.served_name)
      .key("parent")
      .null()
      .field("max_model_len", model.context_length > 0 ? std::optional(model.context_length) : std::nullopt)
      .end_object();
}

}  // namespace

Answer list_models(Page& page) {
  JsonWriter json;
  json.begin_object().field("object", "list").key("data").begin_array();
  for (const gateway::Model& model : page.catalogue->models)
    if (may_use_model(page.caller, model)) write_card(json, page, model);
  json.end_array().end_object();
  return answer_of(json);
}

Answer show_model(Page& page) {
  const gateway::Model* model = page.catalogue->model(page.rest);
  if (model == nullptr || !may_use_model(page.caller, *model))
    return answer_of(protocol::model_not_found(page.language, page.rest));
  JsonWriter json;
  write_card(json, page, *model);
  return answer_of(json);
}

}  // namespace ktl::admin

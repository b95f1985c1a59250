#include "gateway/catalogue.h"

namespace ktl::gateway {

const Model* Catalogue::model(std::string_view name) const {
  if (models.empty()) return nullptr;
  if (name.empty()) return &models.front();
  for (const Model& model : models)
    if (model.alias == name) return &model;
  for (const Model& model : models)
    if (model.served_name == name) return &model;
  return nullptr;
}

}  // namespace ktl::gateway

#include "config/config.h"

#include <algorithm>

namespace ktl::config {

Config::Config() {
  using quota::LimitKind;
  default_limits[LimitKind::rpm] = 40;
  default_limits[LimitKind::tpm] = 8'000;
  default_limits[LimitKind::tph] = 500'000;
  default_limits[LimitKind::daily] = 1'000'000;
  default_limits[LimitKind::concurrent] = 16;
}

const User* Config::user(std::string_view name) const {
  const auto found = std::find_if(users.begin(), users.end(), [&](const User& user) { return user.name == name; });
  return found == users.end() ? nullptr : &*found;
}

const Model* Config::model(std::string_view alias) const {
  const auto found =
      std::find_if(models.begin(), models.end(), [&](const Model& model) { return model.alias == alias; });
  return found == models.end() ? nullptr : &*found;
}

std::string_view name_of(EngineType type) {
  return type == EngineType::sglang ? "sglang" : "vllm";
}

std::string_view name_of(StorageType type) {
  switch (type) {
    case StorageType::sqlite:
      return "sqlite";
    case StorageType::redis:
      return "redis";
    case StorageType::memory:
      return "memory";
  }
  return "unknown";
}

std::string_view name_of(Leases leases) {
  return leases == Leases::off ? "off" : "auto";
}

std::string_view name_of(StoreLoss loss) {
  switch (loss) {
    case StoreLoss::closed:
      return "closed";
    case StoreLoss::local_share:
      return "local_share";
    case StoreLoss::open:
      return "open";
  }
  return "unknown";
}

}  // namespace ktl::config

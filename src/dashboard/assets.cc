#include "dashboard/assets.h"

namespace ktl::dashboard {

const Asset* find_asset(std::string_view path) {
  for (const Asset& asset : embedded_assets())
    if (asset.path == path) return &asset;
  return nullptr;
}

}  // namespace ktl::dashboard

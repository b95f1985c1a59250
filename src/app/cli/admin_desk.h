#pragma once
// The admin pages as the command line asks them: with --url those of a gateway, which KTL_ADMIN_KEY opens; otherwise
// the same pages on the configured store, which running gateways look at by themselves (within a second). What is used
// at this moment is known to a gateway only.
#include <memory>
#include <string>
#include <string_view>

#include "app/cli/context.h"
#include "config/config.h"

namespace ktl::app {

class AdminDesk {
 public:
  struct Reply {
    int status = 0;
    std::string body;

    bool ok() const { return status >= 200 && status < 300; }
  };

  virtual ~AdminDesk() = default;
  // `target`: path and query, percent-encoded. `body`: JSON, or empty. Status 0: nobody answered (told).
  virtual Reply ask(std::string_view method, const std::string& target, std::string_view body = {}) = 0;

  // nullptr: told why. `url` empty: the store. `changes`: a store that is not there yet is made.
  static std::unique_ptr<AdminDesk> open(const CommandContext& context, const config::Config& config,
                                         const std::string& url, bool changes);
};

// Prints what the answer says is wrong. kFailed.
int refuse(const CommandContext& context, const AdminDesk::Reply& reply);

}  // namespace ktl::app

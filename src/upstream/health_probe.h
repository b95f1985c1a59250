#pragma once
// Asks an engine every few seconds whether it answers, so that /health tells the truth also when nobody asks for work.
// GET /v1/models is the question: both SGLang and vLLM answer it at once and without running the model.
#include <functional>
#include <memory>

#include "upstream/link.h"

namespace ktl::upstream {

struct ProbeOptions {
  Millis interval{2'000};
  Millis timeout{5'000};
};

// Lives on the link's loop and asks as long as it lives.
class HealthProbe {
 public:
  HealthProbe(Link& link, ProbeOptions options) : link_(link), options_(options) {}
  // Called on the loop whenever the health changed. Set before start().
  void on_change(std::function<void(const Upstream&)> callback) { changed_ = std::move(callback); }
  void start();

 private:
  net::Task<void> ask(std::weak_ptr<HealthProbe*> self);

  Link& link_;
  ProbeOptions options_;
  std::function<void(const Upstream&)> changed_;
  Health reported_ = Health::unknown;
  net::Timer next_;
  std::shared_ptr<HealthProbe*> self_ = std::make_shared<HealthProbe*>(this);  // tells a late answer that we are gone
};

}  // namespace ktl::upstream

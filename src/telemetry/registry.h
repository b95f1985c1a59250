#pragma once
// All metrics of the program, by name and labels. Registered at start (or when a label value is first met) under a
// mutex; the returned reference is stable for the registry's life, and callers keep it: nothing is looked up on the
// hot path. Asking again for the same name and labels gives the same object.
//
// A family holds at most kMaxSeries label combinations; later ones share one series whose label values are "other", so
// that hostile or many names cannot fill the memory. Names and label names must match Prometheus' grammar and a family
// has one type and one set of label names: breaking that is our own mistake and ends the process. Label values are any
// UTF-8.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/counter.h"
#include "telemetry/histogram.h"

namespace ktl::telemetry {

using Labels = std::vector<std::pair<std::string, std::string>>;  // name, value; in the order of the exposition

enum class MetricType : std::uint8_t { counter, gauge, histogram };

class Registry {
 public:
  static constexpr std::size_t kMaxSeries = 10'000;

  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, const HistogramShape& shape, Labels labels = {});

  // A gauge whose value is asked for at each scrape. `read` is called on the scraping thread and must outlive the
  // registry; it must not call the registry.
  void sampled_gauge(std::string_view name, std::string_view help, std::function<double()> read, Labels labels = {});

  // One family as it stands now, for the exposition.
  struct Series {
    Labels labels;
    double value = 0;                      // counter, gauge
    const Histogram* histogram = nullptr;  // histogram
  };
  struct Family {
    std::string name;
    std::string help;
    MetricType type = MetricType::counter;
    std::vector<Series> series;  // in the order of registration
  };
  std::vector<Family> collect() const;  // ordered by name

 private:
  struct Slot {
    Labels labels;
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> read;
  };
  struct Book {
    std::string help;
    MetricType type = MetricType::counter;
    std::vector<std::unique_ptr<Slot>> slots;
    std::map<Labels, Slot*> by_labels;
  };
  // The slot for `labels`, new or known. The caller holds mutex_.
  Slot& slot(std::string_view name, std::string_view help, MetricType type, Labels labels);

  mutable std::mutex mutex_;
  std::map<std::string, Book, std::less<>> families_;
};

}  // namespace ktl::telemetry

#include "telemetry/registry.h"

#include <algorithm>

#include "base/check.h"

namespace ktl::telemetry {
namespace {

bool is_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c); });
}

bool same_label_names(const Labels& a, const Labels& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

}  // namespace

Registry::Slot& Registry::slot(std::string_view name, std::string_view help, MetricType type, Labels labels) {
  KTL_CHECK(is_name(name), "a metric's name follows Prometheus' grammar");
  for (const auto& label : labels) KTL_CHECK(is_name(label.first), "a label's name follows Prometheus' grammar");

  auto family = families_.find(name);
  if (family == families_.end()) {
    family = families_.emplace(std::string(name), Book{}).first;
    family->second.help = help;
    family->second.type = type;
  }
  Book& book = family->second;
  KTL_CHECK(book.type == type, "a metric family has one type");
  KTL_CHECK(book.slots.empty() || same_label_names(book.slots.front()->labels, labels),
            "all series of a family have the same label names");

  if (const auto known = book.by_labels.find(labels); known != book.by_labels.end()) return *known->second;
  if (book.slots.size() + 1 >= kMaxSeries) {
    for (auto& label : labels) label.second = "other";
    if (const auto known = book.by_labels.find(labels); known != book.by_labels.end()) return *known->second;
  }
  book.slots.push_back(std::make_unique<Slot>());
  Slot& made = *book.slots.back();
  made.labels = labels;
  book.by_labels.emplace(std::move(labels), &made);
  return made;
}

Counter& Registry::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(mutex_);
  Slot& found = slot(name, help, MetricType::counter, std::move(labels));
  if (!found.counter) found.counter = std::make_unique<Counter>();
  return *found.counter;
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(mutex_);
  Slot& found = slot(name, help, MetricType::gauge, std::move(labels));
  KTL_CHECK(!found.read, "a gauge is either set or sampled");
  if (!found.gauge) found.gauge = std::make_unique<Gauge>();
  return *found.gauge;
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, const HistogramShape& shape,
                               Labels labels) {
  const std::lock_guard lock(mutex_);
  Slot& found = slot(name, help, MetricType::histogram, std::move(labels));
  if (!found.histogram) found.histogram = std::make_unique<Histogram>(shape);
  return *found.histogram;
}

void Registry::sampled_gauge(std::string_view name, std::string_view help, std::function<double()> read,
                             Labels labels) {
  const std::lock_guard lock(mutex_);
  Slot& found = slot(name, help, MetricType::gauge, std::move(labels));
  KTL_CHECK(!found.gauge && !found.read, "a sampled gauge is registered once");
  found.read = std::move(read);
}

std::vector<Registry::Family> Registry::collect() const {
  const std::lock_guard lock(mutex_);
  std::vector<Family> families;
  families.reserve(families_.size());
  for (const auto& [name, book] : families_) {
    Family& family = families.emplace_back(Family{name, book.help, book.type, {}});
    family.series.reserve(book.slots.size());
    for (const auto& known : book.slots) {
      Series& series = family.series.emplace_back(Series{known->labels, 0, known->histogram.get()});
      if (known->counter) series.value = static_cast<double>(known->counter->value());
      if (known->gauge) series.value = static_cast<double>(known->gauge->value());
      if (known->read) series.value = known->read();
    }
  }
  return families;
}

}  // namespace ktl::telemetry

#include "storage/redis/shared_auditor.h"

#include <algorithm>
#include <sstream>

namespace ktl::storage::redis {

using quota::LimitKind;

std::size_t SharedAuditor::began(Work work) {
  Charge& charge = charges_[work.charge];
  charge.worked = true;
  ++charge.used.requests;
  charge.used.prompt += work.prompt;
  charge.used.completion += work.completion;
  works_.push_back(std::move(work));
  return works_.size() - 1;
}

void SharedAuditor::died(std::size_t work, std::int64_t at) {
  works_[work].ended_at = std::min(works_[work].ended_at, at);
}

void SharedAuditor::reserved(const std::string& charge, std::int64_t requests, std::int64_t tokens) {
  charges_[charge].reserved_requests = requests;
  charges_[charge].reserved_tokens = tokens;
}

void SharedAuditor::written_down(const std::string& charge) {
  charges_[charge].written_down = true;
}

void SharedAuditor::owner_died(const std::string& charge) {
  charges_[charge].owner_died = true;
}

void SharedAuditor::admitted_beside(const std::string& charge) {
  charges_[charge].beside = true;
}

void SharedAuditor::entry(const std::string& text) {
  std::istringstream words(text);
  std::string kind, name, gateway, outcome;
  std::int64_t admitted = 0, ended = 0, reserved = 0;
  Sum sum;
  words >> kind >> name >> gateway >> admitted >> ended >> outcome >> sum.requests >> reserved >> sum.prompt >>
      sum.completion;
  if (!words) return found("an entry that cannot be read: " + text);
  Charge& charge = charges_[name];
  if (kind == "adjust") {
    ++charge.adjustments;
  } else {
    ++charge.endings;
    charge.expiries += kind == "expire";
  }
  for (Sum* total : {&charge.booked, &in_ledger_}) {
    total->requests += sum.requests;
    total->prompt += sum.prompt;
    total->completion += sum.completion;
  }
}

void SharedAuditor::totals(std::int64_t requests, std::int64_t prompt, std::int64_t completion) {
  if (Sum{requests, prompt, completion} != in_ledger_)
    found("the totals are not the sum of the ledger: " + std::to_string(requests) + " requests, not " +
          std::to_string(in_ledger_.requests));
}

void SharedAuditor::check_charge(const std::string& name, const Charge& charge) {
  const auto complain = [&](const std::string& words) {
    found("charge " + name + " " + words + " (" + std::to_string(charge.endings) + " endings, " +
          std::to_string(charge.adjustments) + " adjustments, booked " + std::to_string(charge.booked.requests) + "/" +
          std::to_string(charge.booked.prompt) + "+" + std::to_string(charge.booked.completion) + ", used " +
          std::to_string(charge.used.requests) + "/" + std::to_string(charge.used.prompt) + "+" +
          std::to_string(charge.used.completion) + ", reserved " + std::to_string(charge.reserved_tokens) + ")");
  };
  const int adjustable = charge.is_lease ? charge.adjustments * charge.expiries : charge.expiries;
  if (charge.endings > 1 || charge.adjustments > adjustable) complain("ended more than once");
  const std::int64_t booked_tokens = charge.booked.prompt + charge.booked.completion;
  if (charge.written_down) {
    if (charge.endings == 0 && charge.used != Sum{}) complain("has no ending");
    if (charge.booked != charge.used) complain("is booked wrong");
  } else if (charge.owner_died) {
    // Owed by rule: what was reserved. If not even its opening was written down it may also have been undone.
    const bool by_rule = charge.booked.requests == charge.reserved_requests && booked_tokens == charge.reserved_tokens;
    const bool nothing = charge.booked == Sum{} && !charge.worked;
    if (!by_rule && !nothing) complain("of a dead gateway is not booked as reserved");
    if (charge.worked && charge.endings != 1) complain("of a dead gateway has no ending");
  } else if (charge.worked) {
    complain("was never written down");
  } else if (charge.booked != Sum{}) {
    complain("admitted no work and is booked");
  }
}

bool SharedAuditor::was_beside(const Charge& charge) const {
  if (charge.lease.empty()) return charge.beside;
  const auto lease = charges_.find(charge.lease);
  return charge.beside || (lease != charges_.end() && lease->second.beside);
}

void SharedAuditor::check_windows(ScopeId scope, const quota::Limits& limits) {
  struct Use {
    std::int64_t at, tokens;
  };
  std::vector<Use> uses;
  for (const Work& work : works_)
    for (const auto& [of, at] : work.at)
      if (of == scope && !was_beside(charges_[work.charge])) uses.push_back({at, work.prompt + work.completion});
  std::sort(uses.begin(), uses.end(), [](const Use& a, const Use& b) { return a.at < b.at; });
  const auto day_of = [this](std::int64_t at) { return (at + day_offset_) / 86'400'000; };
  for (const LimitKind kind :
       {LimitKind::rpm, LimitKind::rph, LimitKind::rpd, LimitKind::tpm, LimitKind::tph, LimitKind::daily}) {
    const std::int64_t limit = limits[kind];
    if (limit < 0) continue;
    const bool requests = kind == LimitKind::rpm || kind == LimitKind::rph || kind == LimitKind::rpd;
    const bool day = kind == LimitKind::rpd || kind == LimitKind::daily;
    const std::int64_t length = kind == LimitKind::rpm || kind == LimitKind::tpm ? 60'000 : 3'600'000;
    std::int64_t sum = 0;
    for (std::size_t first = 0, last = 0; last < uses.size(); ++last) {
      sum += requests ? 1 : uses[last].tokens;
      while (day ? day_of(uses[first].at) < day_of(uses[last].at) : uses[first].at <= uses[last].at - length) {
        sum -= requests ? 1 : uses[first].tokens;
        ++first;
      }
      if (sum > limit)
        return found("scope " + std::to_string(static_cast<std::uint32_t>(scope)) + " is over its " +
                     std::string(quota::name_of(kind)) + ": " + std::to_string(sum) + " of " + std::to_string(limit) +
                     " at " + std::to_string(uses[last].at));
    }
  }
}

void SharedAuditor::check_places(ScopeId scope, std::int64_t limit) {
  std::vector<std::pair<std::int64_t, int>> steps;  // an end frees its place before a beginning at the same instant
  for (const Work& work : works_)
    for (const auto& [of, at] : work.at)
      if (of == scope && work.ended_at > at) steps.insert(steps.end(), {{at, 1}, {work.ended_at, -1}});
  std::sort(steps.begin(), steps.end());
  std::int64_t running = 0;
  for (const auto& [at, step] : steps) {
    running += step;
    if (running > limit)
      return found("scope " + std::to_string(static_cast<std::uint32_t>(scope)) + " runs " + std::to_string(running) +
                   " at once, not " + std::to_string(limit));
  }
}

void SharedAuditor::finish() {
  for (const auto& [scope, limits] : limits_) {
    check_windows(scope, limits);
    const std::int64_t places = limits[LimitKind::concurrent];
    if (places >= 0 && !places_uncertain_) check_places(scope, places);
  }
  for (const auto& [name, charge] : charges_) check_charge(name, charge);
}

}  // namespace ktl::storage::redis

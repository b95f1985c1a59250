// ClusterClient: its nodes and the map of the slots.
#include <algorithm>
#include <utility>

#include "storage/redis/cluster_client.h"

namespace ktl::storage::redis {
namespace {

constexpr Millis kFirstMapPause{20};  // doubles while not all is well
constexpr Millis kLongestMapPause{1'000};

}  // namespace

std::uint16_t ClusterClient::node_at(const HostPort& endpoint) const {
  const auto found =
      std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& node) { return node.address.endpoint == endpoint; });
  return found == nodes_.end() ? kNobody : static_cast<std::uint16_t>(found - nodes_.begin());
}

std::uint16_t ClusterClient::add_node(const NodeAddress& address) {
  // Only what needs no DNS is resolved here; of names, those that were resolved at the start are known.
  if (is_numeric(address.ip)) {
    auto addresses = net::resolve(address.ip, address.endpoint.port);
    if (addresses) return add_node(address, std::move(*addresses));
  }
  for (const Target& seed : seeds_) {
    if (seed.name == address.endpoint) return add_node(address, seed.addresses);
  }
  problem_ = "the address of the node " + describe(address.endpoint) + " is not known";
  return kNobody;
}

std::uint16_t ClusterClient::add_node(NodeAddress address, std::vector<net::Address> addresses) {
  Target target{address.endpoint, std::move(addresses)};
  if (!address.hostname.empty()) target.name.host = address.hostname;
  auto connection = std::make_unique<Connection>(loop_, std::move(target), login_, options_, tls_, Rng(rng_.next()),
                                                 [this] { on_node_changed(); });
  nodes_.push_back({std::move(address), std::move(connection)});
  return static_cast<std::uint16_t>(nodes_.size() - 1);
}

void ClusterClient::add_seeds() {
  for (const Target& seed : seeds_) {
    if (node_at(seed.name) == kNobody) add_node({seed.name, seed.addresses.front().ip(), ""}, seed.addresses);
  }
}

// Asks for the map after `delay`, or earlier if that was planned already.
void ClusterClient::request_map(Millis delay) {
  const MonoTime at = loop_.now() + delay;
  if (map_asked_ || (map_timer_.armed() && map_due_ <= at)) return;
  map_due_ = at;
  loop_.arm(map_timer_, at, [this] { ask_for_map(); });
}

void ClusterClient::ask_for_map() {
  ++map_attempts_;
  // Another one each time: the one asked last may be what is wrong.
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[next_asked_++ % nodes_.size()];
    if (!node.connection->open()) continue;
    map_asked_ = true;
    const std::string_view words[] = {"CLUSTER", "SLOTS"};
    const auto answered = [this, asked = node.address](const Result<Value>& reply) { on_map(asked, reply); };
    return node.connection->send(words, loop_.now() + options_.call_timeout, answered);
  }
  add_seeds();
  request_map_again();
}

void ClusterClient::request_map_again() {
  const std::size_t doublings = std::min<std::size_t>(map_attempts_, 10);
  const Millis longest = std::min(kLongestMapPause, Millis(kFirstMapPause.count() << doublings));
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  request_map(longest - Millis(static_cast<std::int64_t>(rng_.below(half + 1))));
}

void ClusterClient::on_map(const NodeAddress& asked, const Result<Value>& reply) {
  map_asked_ = false;
  if (closing_) return;
  const auto map = reply ? parse_slot_map(*reply, asked) : std::nullopt;
  if (map) {
    problem_.clear();
    apply(*map);
  } else if (reply && reply->is_error("NOPERM")) {
    problem_ = describe(asked.endpoint) + ": the user may not ask for CLUSTER SLOTS (NOPERM)";
  } else if (reply) {
    problem_ = describe(asked.endpoint) + " does not belong to a cluster: write redis:// in the URL";
  }
  update_state();
  if (!map || !connected_) request_map_again();
  release_early();
}

void ClusterClient::apply(const SlotMap& map) {
  std::vector<std::uint16_t> indexes;
  for (const NodeAddress& master : map.masters) {
    const std::uint16_t known = node_at(master.endpoint);
    indexes.push_back(known == kNobody ? add_node(master) : known);
  }
  // The nodes of the map in its order; who is not in it gets the time to answer what it was asked.
  std::vector<Node> old = std::exchange(nodes_, {});
  std::vector<std::uint16_t> places;
  masters_.clear();
  for (const std::uint16_t index : indexes) {
    places.push_back(index == kNobody ? kNobody : static_cast<std::uint16_t>(nodes_.size()));
    if (index == kNobody) continue;
    masters_.push_back(old[index].connection.get());
    nodes_.push_back(std::move(old[index]));
  }
  for (Node& node : old) {
    if (node.connection) retired_.push_back(std::move(node.connection));
  }
  if (!retired_.empty())
    loop_.arm(retired_timer_, loop_.now() + options_.call_timeout * 2, [this] { retired_.clear(); });
  owners_.fill(kNobody);
  for (const SlotRange& range : map.ranges) {
    std::fill(owners_.begin() + range.first, owners_.begin() + range.last + 1, places[range.master]);
  }
  map_complete_ = map.complete() && std::find(places.begin(), places.end(), kNobody) == places.end();
}

bool ClusterClient::all_masters_open() const {
  return std::all_of(masters_.begin(), masters_.end(), [](const Connection* master) { return master->open(); });
}

void ClusterClient::on_node_changed() {
  update_state();
  if (connected_ || closing_) return;
  if (early_.ended()) return request_map(kFirstMapPause);
  request_map(Millis(0));  // calls wait for the first one
  const auto may_tell = [](const Node& node) { return node.connection->open() || !node.connection->tried(); };
  if (std::none_of(nodes_.begin(), nodes_.end(), may_tell)) release_early();
}

void ClusterClient::update_state() {
  if (closing_) return;
  const bool now = map_complete_ && all_masters_open();
  if (now) map_attempts_ = 0;
  if (std::exchange(connected_, now) != now && changed_) changed_(now);
}

}  // namespace ktl::storage::redis

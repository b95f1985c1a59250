#include <stdexcept>

#include "storage/redis/redis_fixture.h"

namespace ktl::storage::redis {
namespace {

constexpr std::size_t kMasters = 3;
constexpr int kSlots = 16384;

// The port by which the nodes know each other.
std::uint16_t announced_port(const RedisServer& node) {
  return node.tls_port() != 0 ? node.tls_port() : node.port();
}

}  // namespace

RedisCluster::RedisCluster(bool with_replicas, RedisServerOptions options) {
  const std::size_t count = with_replicas ? kMasters * 2 : kMasters;
  options.cluster = true;
  if (options.tls) {
    options.certificates = std::make_shared<Certificates>(folder_.path());
    options.more.insert(options.more.end(), {"--tls-cluster", "yes", "--tls-replication", "yes"});
  }
  for (std::size_t i = 0; i < count; ++i) nodes_.push_back(std::make_unique<RedisServer>(options));
  for (std::size_t i = 0; i < kMasters; ++i) {
    const auto first = static_cast<int>(i) * kSlots / static_cast<int>(kMasters);
    const auto last = static_cast<int>(i + 1) * kSlots / static_cast<int>(kMasters) - 1;
    nodes_[i]->command({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)});
    nodes_[i]->command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
  }
  for (std::size_t i = 1; i < count; ++i) {
    nodes_[i]->command({"CLUSTER", "MEET", "127.0.0.1", std::to_string(announced_port(*nodes_[0])),
                        std::to_string(nodes_[0]->bus_port())});
  }
  for (const auto& node : nodes_) node->await({"CLUSTER", "INFO"}, "cluster_known_nodes:" + std::to_string(count));
  for (std::size_t i = kMasters; i < count; ++i) {
    const std::string master = id_of(i - kMasters);
    nodes_[i]->await({"CLUSTER", "NODES"}, master);
    nodes_[i]->await({"CLUSTER", "REPLICATE", master}, "OK");
  }
  await_ok();
  for (std::size_t i = kMasters; i < count; ++i) {
    nodes_[i]->await({"INFO", "replication"}, "master_link_status:up");
    for (const auto& node : nodes_) node->await({"CLUSTER", "SLOTS"}, id_of(i));
  }
}

std::string RedisCluster::id_of(std::size_t index) const {
  return nodes_[index]->command({"CLUSTER", "MYID"}).text;
}

void RedisCluster::await_ok() {
  for (const auto& node : nodes_) {
    if (node->running()) node->await({"CLUSTER", "INFO"}, "cluster_state:ok");
  }
}

std::string RedisCluster::tls_url() const {
  return "rediss+cluster://127.0.0.1:" + std::to_string(nodes_[0]->tls_port());
}

std::string RedisCluster::url() const {
  std::string text = "redis+cluster://";
  for (const auto& node : nodes_) {
    if (node->running()) text += (text.back() == '/' ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(node->port());
  }
  return text;
}

RedisServer& RedisCluster::master_of(std::uint16_t slot) {
  for (const auto& node : nodes_) {
    if (!node->running()) continue;
    const Value ranges = node->command({"CLUSTER", "SLOTS"});
    for (const Value& range : ranges.items) {
      if (slot < range.items[0].integer || slot > range.items[1].integer) continue;
      const std::int64_t port = range.items[2].items[1].integer;
      for (const auto& candidate : nodes_) {
        if (candidate->running() && candidate->port() == port) return *candidate;
      }
    }
  }
  throw std::runtime_error("no running node owns slot " + std::to_string(slot));
}

void RedisCluster::move_slot(std::uint16_t slot, std::size_t to) {
  const std::string id = id_of(to);
  const std::string number = std::to_string(slot);
  RedisServer& from = master_of(slot);
  // The new owner first, as the documentation of CLUSTER SETSLOT asks for.
  nodes_[to]->await({"CLUSTER", "SETSLOT", number, "NODE", id}, "OK");
  from.await({"CLUSTER", "SETSLOT", number, "NODE", id}, "OK");
}

}  // namespace ktl::storage::redis

#pragma once
// The client of a cluster: one connection for each master, and a map of the slots that corrects itself.
//
// The map comes from CLUSTER SLOTS, of any node that answers. It is asked for anew when a server says that a slot
// moved, and again and again, with growing pauses, while any slot has no master that we are connected to; so a
// fail-over needs no help. Calls made before the first map has come wait for it; and those for a master wait for the
// first attempt to connect to it. A call is sent again only where the server said that it did not execute it: after
// MOVED and ASK at once, after TRYAGAIN and CLUSTERDOWN in a while; within its timeout, and a bounded number of times.
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/redis/connection.h"
#include "storage/redis/slots.h"

namespace ktl::storage::redis {

class ClusterClient final : public Client {
 public:
  // `seeds`: some nodes of the cluster, at least one.
  ClusterClient(net::EventLoop& loop, std::vector<Target> seeds, Login login, const ClientOptions& options,
                std::shared_ptr<TlsContext> tls, Rng rng);
  ~ClusterClient() override;

  void call(std::string_view slot_key, std::span<const std::string_view> words, Done done) override;
  bool connected() const override { return connected_; }
  void on_state(std::function<void(bool connected)> changed) override { changed_ = std::move(changed); }
  std::string problem() const override;

 private:
  struct Node {
    NodeAddress address;
    std::unique_ptr<Connection> connection;
  };
  struct Call {
    std::uint16_t slot;
    std::string command;
    Done done;
    MonoTime deadline;
    int attempts = 0;
    std::optional<HostPort> ask{};  // where the next attempt goes, with ASKING before it
  };
  using CallPointer = std::shared_ptr<Call>;
  struct Parked {
    MonoTime due;
    CallPointer call;
  };
  static constexpr std::uint16_t kNobody = 0xffff;

  void attempt(const CallPointer& call);
  void send(const CallPointer& call, Node& node);
  void on_reply(const CallPointer& call, const NodeAddress& asked, Result<Value> reply);
  void redirect(const CallPointer& call, const Redirect& where);
  void park(const CallPointer& call, const std::string& why);
  void arm_parked();
  void retry_parked();
  void finish_unexecuted(const CallPointer& call, const std::string& why);
  void release_early();

  std::uint16_t node_at(const HostPort& endpoint) const;  // kNobody: none
  std::uint16_t add_node(const NodeAddress& address);     // kNobody: its name cannot be resolved here
  std::uint16_t add_node(NodeAddress address, std::vector<net::Address> addresses);
  void add_seeds();
  void request_map(Millis delay);
  void request_map_again();
  void ask_for_map();
  void on_map(const NodeAddress& asked, const Result<Value>& reply);
  void apply(const SlotMap& map);
  void on_node_changed();
  void update_state();
  bool all_masters_open() const;

  net::EventLoop& loop_;
  std::vector<Target> seeds_;
  Login login_;
  ClientOptions options_;
  std::shared_ptr<TlsContext> tls_;
  Rng rng_;
  std::function<void(bool)> changed_;
  bool connected_ = false;
  bool closing_ = false;
  std::string problem_;  // with the map
  EarlyCalls early_;     // until the first map has come, or could not come

  std::vector<Node> nodes_;
  std::array<std::uint16_t, kSlots> owners_;  // indexes of nodes_
  std::vector<Connection*> masters_;          // those that own slots
  bool map_complete_ = false;
  bool map_asked_ = false;        // a CLUSTER SLOTS is under way
  std::size_t map_attempts_ = 0;  // since all was well
  std::size_t next_asked_ = 0;
  net::Timer map_timer_;
  MonoTime map_due_{};
  std::vector<std::unique_ptr<Connection>> retired_;  // out of the map; their last calls may still be answered
  net::Timer retired_timer_;
  std::vector<Parked> parked_;
  net::Timer parked_timer_;
};

}  // namespace ktl::storage::redis

#pragma once
// A test of what goes over a session: on a redis-server of its own, and on a cluster (the parameter is true).
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "storage/redis/client_fixture.h"
#include "storage/redis/redis_fixture.h"
#include "storage/redis/session.h"

namespace ktl::storage::redis {

inline std::string single_or_cluster(const ::testing::TestParamInfo<bool>& where) {
  return where.param ? "Cluster" : "Single";
}

class SessionTest : public ::testing::TestWithParam<bool> {
 protected:
  SessionTest() {
    std::string url;
    if (GetParam()) {
      cluster_ = std::make_unique<RedisCluster>();
      url = cluster_->url();
    } else {
      server_ = std::make_unique<RedisServer>();
      url = server_->url();
    }
    auto opened = Session::open({.url = parse_url(url).value(), .client = patient()});
    if (!opened) throw std::runtime_error(opened.error().message);
    session_ = std::move(*opened);
  }

  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<RedisCluster> cluster_;
  std::unique_ptr<Session> session_;
};

}  // namespace ktl::storage::redis

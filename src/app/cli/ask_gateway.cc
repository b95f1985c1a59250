#include "app/cli/ask_gateway.h"

#include "config/engine_url.h"
#include "net/http_client.h"

namespace ktl::app {
namespace {

constexpr Millis kPatience{10'000};
constexpr std::size_t kLongestAnswer = 64 << 20;

net::Task<void> exchange(net::EventLoop& loop, const net::Address& address, const std::string& request,
                         Result<GatewayAnswer>& result) {
  auto connection = co_await net::ClientConnection::connect(loop, address, kPatience);
  if (!connection) {
    result = tl::unexpected(connection.error());
    co_return;
  }
  net::ClientConnection& gateway = **connection;
  const std::string_view part = request;
  const auto sent = co_await gateway.send({&part, 1}, kPatience);
  if (!sent) {
    result = tl::unexpected(sent.error());
    co_return;
  }
  const auto head = co_await gateway.read_head(kPatience);
  if (!head) {
    result = tl::unexpected(head.error());
    co_return;
  }
  GatewayAnswer answer{(*head)->status, {}};
  for (;;) {
    answer.body += gateway.body();
    gateway.consume(gateway.body().size());
    if (gateway.all_received() || answer.body.size() > kLongestAnswer) break;
    const auto more = co_await gateway.receive(kPatience);
    if (more) continue;
    result = tl::unexpected(more.error());
    co_return;
  }
  result = std::move(answer);
}

net::Task<void> exchange_and_stop(net::EventLoop& loop, const net::Address& address, const std::string& request,
                                  Result<GatewayAnswer>& result) {
  co_await exchange(loop, address, request, result);
  loop.stop();
}

}  // namespace

Result<GatewayAnswer> ask_gateway(std::string_view url, const GatewayQuestion& question) {
  const auto place = config::parse_engine_url(url);
  if (!place) return fail(ErrorCode::invalid, ErrorSource::client, "http://host:port is needed");
  if (question.key.find_first_of("\r\n") != std::string_view::npos)
    return fail(ErrorCode::invalid, ErrorSource::client, "an admin key is one line");
  const auto addresses = net::resolve(place->host, place->port);
  if (!addresses) return tl::unexpected(addresses.error());
  std::string request(question.method);
  request.append(" ").append(question.target).append(" HTTP/1.1\r\nhost: ").append(place->host).append(":");
  request.append(std::to_string(place->port)).append("\r\nauthorization: Bearer ").append(question.key);
  request.append("\r\naccept-language: ").append(question.language).append("\r\nconnection: close\r\ncontent-length: ");
  request.append(std::to_string(question.body.size())).append("\r\n\r\n").append(question.body);
  net::EventLoop loop;
  Result<GatewayAnswer> result = fail(ErrorCode::unavailable, ErrorSource::gateway, "no answer");
  loop.spawn(exchange_and_stop(loop, addresses->front(), request, result));
  loop.run();
  return result;
}

}  // namespace ktl::app

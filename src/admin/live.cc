// GET /admin/overview, /admin/engine, /admin/gpu and /admin/events: the newest sample, and every one as it comes.
#include "admin/live_json.h"
#include "admin/messages.h"
#include "admin/pages.h"

namespace ktl::admin {
namespace {

constexpr int kSendBuffer = 64 * 1024;
constexpr std::string_view kFarewell = "event: bye\ndata: {\"reason\":\"draining\"}\n\n";

Answer not_yet(const Page& page) {
  return answer_of(no_sample_yet(page.language), "retry-after: 1\r\n");
}

}  // namespace

FramePtr frame_of(std::shared_ptr<const monitor::Sample> sample, std::string_view version) {
  Frame frame;
  frame.number = sample->sequence;
  frame.overview = overview_json(*sample, version);
  frame.event = "id: " + std::to_string(sample->sequence) + "\nevent: sample\ndata: " + frame.overview + "\n\n";
  frame.sample = std::move(sample);
  return std::make_shared<const Frame>(std::move(frame));
}

FramePtr farewell() {
  Frame frame;
  frame.number = ~std::uint64_t{0};
  frame.event = kFarewell;
  frame.last = true;
  return std::make_shared<const Frame>(std::move(frame));
}

Answer overview(Page& page) {
  const FramePtr newest = page.state.feed.newest();
  if (!newest || !newest->sample) return not_yet(page);
  return {.body = newest->overview};
}

Answer engines(Page& page) {
  const FramePtr newest = page.state.feed.newest();
  if (!newest || !newest->sample) return not_yet(page);
  return {.body = engines_json(*newest->sample)};
}

Answer gpus(Page& page) {
  const FramePtr newest = page.state.feed.newest();
  if (!newest || !newest->sample) return not_yet(page);
  return {.body = gpu_json(*newest->sample)};
}

net::Task<std::optional<Answer>> stream_samples(Page& page, net::HttpExchange& http, std::string header_lines) {
  if (page.state.feed.viewers() >= LiveFeed::kMaxViewers)
    co_return answer_of(too_many_viewers(page.language), "retry-after: 10\r\n");
  http.start_stream(200, header_lines);
  if (page.head.method == "HEAD") {
    co_await http.finish();
    co_return std::nullopt;
  }
  Viewer viewer(page.state.feed, http.loop(), [&http] { http.break_off(); });
  http.limit_send_buffer(kSendBuffer);
  http.on_client_gone([&viewer] { viewer.cancel(); });
  bool open = co_await http.write("retry: 1000\n\n");
  while (open) {
    const FramePtr frame = co_await viewer.next();
    if (!frame) break;
    if (frame->last) {
      co_await http.write_last(frame->event);
      break;
    }
    open = co_await http.write(frame->event);
  }
  http.on_client_gone(nullptr);
  co_return std::nullopt;
}

}  // namespace ktl::admin

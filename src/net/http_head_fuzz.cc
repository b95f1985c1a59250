// The bytes of a request or response head, as anybody may send them.
//   - the end of the head is found however the bytes arrive, and nowhere else
//   - whatever parses lies within the input, has exactly one framing, and holds no line break
//   - a head that parses says the same again when it is written out plainly
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "net/head_parser.h"

namespace {

using namespace ktl::net;

// A copy of exactly these bytes, so that a sanitizer sees the first one read beyond them.
class Exact {
 public:
  explicit Exact(std::string_view text) : bytes_(std::make_unique<char[]>(text.size())), size_(text.size()) {
    if (size_ > 0) std::memcpy(bytes_.get(), text.data(), size_);
  }
  std::string_view view() const { return {bytes_.get(), size_}; }
  bool holds(std::string_view part) const {
    return part.data() >= bytes_.get() && part.data() + part.size() <= bytes_.get() + size_;
  }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

void check_head_end(std::string_view bytes) {
  const auto found = bytes.find("\r\n\r\n");
  const std::size_t end = found == std::string_view::npos ? 0 : found + 4;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{64}, bytes.size() + 1}) {
    std::size_t searched = 0;
    for (std::size_t have = 0; have < bytes.size();) {
      have = std::min(bytes.size(), have + piece);
      const std::size_t got = find_head_end(bytes.substr(0, have), searched);
      KTL_CHECK(got == (have >= end ? end : 0), "the end of a head is found as soon as it is there, at any split");
      if (got != 0) break;
    }
  }
}

std::size_t count_of(const HeaderList& headers, std::string_view name) {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(), [name](const Header& h) { return ktl::equals_ignoring_case(h.name, name); }));
}

bool plain(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void check_fields(const Exact& input, const HeaderList& headers) {
  KTL_CHECK(headers.size() <= kMaxHeaders, "the number of header fields is bounded");
  for (const Header& header : headers) {
    KTL_CHECK(input.holds(header.name) && input.holds(header.value), "header fields lie within the head");
    KTL_CHECK(!header.name.empty() && plain(header.name) && plain(header.value), "a header field is one line");
  }
  KTL_CHECK(count_of(headers, "content-length") + count_of(headers, "transfer-encoding") <= 1,
            "no head with two framing fields is accepted");
}

bool same(const HeaderList& a, const HeaderList& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Header& x, const Header& y) { return x.name == y.name && x.value == y.value; });
}

bool same(const BodyFraming& a, const BodyFraming& b) {
  return a.chunked == b.chunked && a.content_length == b.content_length && a.until_close == b.until_close;
}

std::string written(const std::string& first_line, const HeaderList& headers) {
  std::string text = first_line + "\r\n";
  for (const Header& header : headers) text.append(header.name).append(":").append(header.value).append("\r\n");
  return text + "\r\n";
}

std::string version(int minor) {
  return minor == 1 ? "HTTP/1.1" : "HTTP/1.0";
}

void check_request(std::string_view bytes) {
  const Exact input(bytes);
  RequestHead head;
  if (const HeadProblem problem = parse_request_head(input.view(), head)) {
    KTL_CHECK(problem.status >= 400 && problem.status <= 599 && !problem.reason.empty(), "a refusal says why");
    return;
  }
  check_fields(input, head.headers);
  KTL_CHECK(input.holds(head.method) && input.holds(head.target), "the request line lies within the head");
  KTL_CHECK(input.holds(head.path) || head.path == "/", "the path lies within the head, or is the empty path's \"/\"");
  KTL_CHECK(head.query.empty() || input.holds(head.query), "the query lies within the head");
  KTL_CHECK(head.path.starts_with("/") || (head.path == "*" && head.method == "OPTIONS"), "a path is absolute");
  KTL_CHECK(head.path.find('?') == std::string_view::npos, "a path ends before the query");
  KTL_CHECK(
      head.target.ends_with(head.query) && (head.path == "/" || head.target.find(head.path) != std::string_view::npos),
      "path and query are parts of the target");
  KTL_CHECK(head.minor_version == 0 || count_of(head.headers, "host") == 1, "HTTP/1.1 names one host");
  KTL_CHECK(!head.framing.until_close && !(head.framing.chunked && head.framing.content_length), "one framing at most");
  KTL_CHECK(head.framing.chunked == (count_of(head.headers, "transfer-encoding") == 1),
            "no transfer coding is overlooked");
  KTL_CHECK(head.framing.content_length.has_value() == (count_of(head.headers, "content-length") == 1),
            "no Content-Length is overlooked");
  KTL_CHECK(head.minor_version == 1 || !(head.framing.chunked || head.expects_continue), "HTTP/1.0 knows neither");

  const Exact again(written(
      std::string(head.method) + " " + std::string(head.target) + " " + version(head.minor_version), head.headers));
  RequestHead reread;
  KTL_CHECK(!parse_request_head(again.view(), reread), "a head that parses does so again");
  KTL_CHECK(reread.method == head.method && reread.target == head.target && reread.path == head.path &&
                reread.query == head.query && reread.minor_version == head.minor_version &&
                reread.keep_alive == head.keep_alive && reread.expects_continue == head.expects_continue &&
                same(reread.framing, head.framing) && same(reread.headers, head.headers),
            "a head written out plainly says the same");
}

void check_response(std::string_view bytes) {
  const Exact input(bytes);
  ResponseHead head;
  if (const HeadProblem problem = parse_response_head(input.view(), head)) {
    KTL_CHECK(problem.status == 502, "a broken answer is a bad gateway");
    return;
  }
  check_fields(input, head.headers);
  KTL_CHECK(head.status >= 100 && head.status <= 599, "a status is a known class");
  const int framings =
      (head.framing.chunked ? 1 : 0) + (head.framing.content_length ? 1 : 0) + (head.framing.until_close ? 1 : 0);
  KTL_CHECK(framings == 1, "an answer has exactly one framing");
  KTL_CHECK(!(head.framing.until_close && head.keep_alive),
            "an answer that ends with the connection ends the connection");

  const Exact again(written(version(head.minor_version) + " " + std::to_string(head.status) + " x", head.headers));
  ResponseHead reread;
  KTL_CHECK(!parse_response_head(again.view(), reread), "a head that parses does so again");
  KTL_CHECK(reread.status == head.status && reread.minor_version == head.minor_version &&
                reread.keep_alive == head.keep_alive && same(reread.framing, head.framing) &&
                same(reread.headers, head.headers),
            "a head written out plainly says the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 16 * 1024) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_head_end(bytes);
  std::size_t searched = 0;
  const std::size_t end = find_head_end(bytes, searched);
  for (const std::string_view head : {bytes, bytes.substr(0, end)}) {
    check_request(head);
    check_response(head);
  }
  return 0;
}

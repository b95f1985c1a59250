#pragma once
// Failures as values. Three kinds of "no" exist in this program, and they are never mixed:
//   a refusal (a limit, a ban)      an ordinary value of its own type, e.g. quota::Denied
//   a failure (disk, socket, peer)  Result<T> with an Error that says whose fault it is and whether trying again helps
//   a broken invariant              KTL_CHECK (check.h), which ends the process
#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace ktl {

enum class ErrorSource : unsigned char { client, gateway, upstream, storage };
enum class Retry : unsigned char { no, yes };

enum class ErrorCode : unsigned char {
  invalid,      // the input is malformed
  too_large,    // the input is over a bound
  timeout,      // a deadline passed
  closed,       // the peer ended the connection
  canceled,     // we ended the operation ourselves
  unavailable,  // a dependency does not answer
  conflict,     // it exists already, or changed meanwhile
  not_found,
  io,           // the operating system said no
};

struct Error {
  ErrorCode code = ErrorCode::io;
  ErrorSource source = ErrorSource::gateway;
  Retry retry = Retry::no;
  std::string message;  // for the log; never holds a secret
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, ErrorSource source, std::string message, Retry retry = Retry::no) {
  return tl::unexpected<Error>(Error{code, source, retry, std::move(message)});
}

}  // namespace ktl

#pragma once
// Threads that bear a name, which `top -H`, `ps -L` and debuggers show.
#include <pthread.h>

#include <string>
#include <thread>
#include <utility>

namespace ktl {

// `name`: at most 15 bytes. `body` is called once, on the new thread.
template <class Body>
std::thread named_thread(std::string name, Body body) {
  return std::thread([name = std::move(name), body = std::move(body)]() mutable {
    ::pthread_setname_np(::pthread_self(), name.c_str());
    body();
  });
}

}  // namespace ktl

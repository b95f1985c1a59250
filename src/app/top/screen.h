#pragma once
// A snapshot as a screen of text. Pure. What is not known is "-".
#include <string>

#include "app/top/snapshot.h"
#include "config/language.h"

namespace ktl::app::top {

// Whole lines. Texts of the gateway's have no control characters in it.
std::string screen_of(const Snapshot& snapshot, config::Language language);

}  // namespace ktl::app::top

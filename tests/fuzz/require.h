#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "dataplane/base/error.h"
#include "dataplane/base/utf8.h"

namespace glacis {

// What must hold whatever the input is. A fuzzer keeps the input of an abort; the text says what broke.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// A fault says what and where, in text that a message takes.
inline void require_sound(const Error& fault) {
  require(!fault.what.empty() && !fault.where.empty(), "a fault says what and where");
  for (const std::string_view text :
       {std::string_view(fault.what), std::string_view(fault.where), std::string_view(fault.hint)}) {
    require(utf8_prefix(text) == text.size(), "a fault's text is UTF-8");
  }
}

}  // namespace glacis

#pragma once

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "dataplane/base/error.h"

namespace glacis {

// Writes to standard output and sees that it has arrived: what is only buffered would be lost at the exit of a
// program that had reported success. Fails with what the system said. Thread: main.
[[nodiscard]] inline Expected<void> print(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return {};
  return fail(std::string("cannot write: ") + std::strerror(errno), "standard output");
}

}  // namespace glacis

#include "sensor/state/whole_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace glacis::sensor {

Expected<std::string> read_whole_file(const std::string& what, const std::string& path, uint64_t most) {
  const auto failed = [&] { return fail("cannot read " + what + ": " + std::strerror(errno), path); };
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return failed();
  std::string out;
  char chunk[64 << 10];
  while (in.read(chunk, sizeof chunk), in.gcount() > 0) {
    out.append(chunk, static_cast<size_t>(in.gcount()));
    if (out.size() > most) return fail(what + " has more than " + std::to_string(most) + " bytes", path);
  }
  if (in.bad()) return failed();  // a folder, say
  if (out.empty()) return fail(what + " is empty", path);
  return out;
}

}  // namespace glacis::sensor

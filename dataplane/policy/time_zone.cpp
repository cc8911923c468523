#include "dataplane/policy/time_zone.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>

#include "dataplane/base/byte_cursor.h"

namespace glacis {
namespace {

constexpr uint32_t kMostTransitions = 10'000;

struct Header {
  uint32_t isut = 0, isstd = 0, leaps = 0, times = 0, types = 0, chars = 0;
};

Header read_header(ByteCursor& cursor) {
  cursor.skip(20);
  Header h;
  h.isut = cursor.u32();
  h.isstd = cursor.u32();
  h.leaps = cursor.u32();
  h.times = cursor.u32();
  h.types = cursor.u32();
  h.chars = cursor.u32();
  return h;
}

bool name_is_safe(const std::string& name) {
  return !name.empty() && name.front() != '/' && name.find("..") == std::string::npos &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+' || c == '.';
         });
}

int64_t read_i64(ByteCursor& cursor) {
  const uint64_t high = cursor.u32();
  return static_cast<int64_t>(high << 32 | cursor.u32());
}

}  // namespace

Expected<std::vector<int64_t>> utc_offsets(const std::string& name) {
  if (name.empty() || name == "UTC") return std::vector<int64_t>{};
  if (!name_is_safe(name)) return fail("not the name of a time zone: '" + name + "'");
  std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.substr(0, 4) != "TZif") return fail("no time zone '" + name + "'", "", "names are as in Europe/Berlin; is tzdata installed?");
  ByteCursor cursor({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  const Header v1 = read_header(cursor);
  cursor.skip(size_t{v1.times} * 5 + size_t{v1.types} * 6 + v1.chars + size_t{v1.leaps} * 8 + v1.isstd + v1.isut);
  const Header v2 = read_header(cursor);  // the second block has 64-bit times
  if (!cursor.ok() || v2.times > kMostTransitions || v2.types == 0 || v2.types > 256) return fail("broken time zone file '" + name + "'");
  std::vector<int64_t> at(v2.times);
  for (int64_t& t : at) t = read_i64(cursor);
  const auto types = cursor.take(v2.times);
  std::vector<int64_t> offset(v2.types);
  for (int64_t& o : offset) {
    o = static_cast<int32_t>(cursor.u32());
    cursor.skip(2);
  }
  if (!cursor.ok()) return fail("broken time zone file '" + name + "'");
  std::vector<int64_t> out{std::numeric_limits<int64_t>::min(), offset[0]};
  for (size_t i = 0; i < at.size(); ++i) {
    if (types[i] >= offset.size()) return fail("broken time zone file '" + name + "'");
    out.push_back(at[i]);
    out.push_back(offset[types[i]]);
  }
  return out;
}

}  // namespace glacis

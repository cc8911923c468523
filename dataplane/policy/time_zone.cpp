#include "dataplane/policy/time_zone.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <limits>
#include <sstream>

#include "dataplane/base/byte_cursor.h"
#include "dataplane/base/utf8.h"

namespace glacis {
namespace {

constexpr uint32_t kMostTransitions = 10'000;
constexpr size_t kLongestName = 64;
constexpr int64_t kYear2037 = 2'114'380'800;  // Unix time of its first second

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
  return name.size() <= kLongestName && name.front() != '/' && name.find("..") == std::string::npos &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+' || c == '.';
         });
}

// Empty: there is no such file, or it is a folder. (A stream's iterators would throw on a folder.)
std::string read_zone(const std::string& name) {
  std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

// Whether summer time goes on behind the last transition, by the rule in the file's last line ("CET-1CEST,M3.5.0,...").
// Files of the fat kind, as Debian's, list every transition up to 2037 as well.
bool leaves_years_to_a_rule(std::string_view footer, const std::vector<int64_t>& at) {
  return footer.find(',') != std::string_view::npos && (at.empty() || at.back() < kYear2037);
}

int64_t read_i64(ByteCursor& cursor) {
  const uint64_t high = cursor.u32();
  return static_cast<int64_t>(high << 32 | cursor.u32());
}

}  // namespace

Expected<std::vector<int64_t>> utc_offsets(const std::string& name) {
  if (name.empty() || name == "UTC") return std::vector<int64_t>{};
  if (!name_is_safe(name))
    return fail("not the name of a time zone: '" + std::string(utf8_start(name, kLongestName)) + "'", "",
                "names are as in Europe/Berlin");
  const std::string text = read_zone(name);
  if (!text.starts_with("TZif"))
    return fail("no time zone '" + name + "'", "", "names are as in Europe/Berlin; is tzdata installed?");
  const std::unexpected<Error> broken = fail("broken time zone file '" + name + "'", "", "install tzdata again");
  ByteCursor cursor({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  const Header v1 = read_header(cursor);
  cursor.skip(size_t{v1.times} * 5 + size_t{v1.types} * 6 + v1.chars + size_t{v1.leaps} * 8 + v1.isstd + v1.isut);
  const Header v2 = read_header(cursor);  // the second block has 64-bit times
  if (!cursor.ok() || v2.times > kMostTransitions || v2.types == 0 || v2.types > 256) return broken;
  std::vector<int64_t> at(v2.times);
  for (int64_t& t : at) t = read_i64(cursor);
  const auto types = cursor.take(v2.times);
  std::vector<int64_t> offset(v2.types);
  for (int64_t& o : offset) {
    o = static_cast<int32_t>(cursor.u32());
    cursor.skip(2);
  }
  cursor.skip(size_t{v2.chars} + size_t{v2.leaps} * 12 + v2.isstd + v2.isut);
  if (!cursor.ok() || !std::is_sorted(at.begin(), at.end())) return broken;
  if (leaves_years_to_a_rule(std::string_view(text).substr(cursor.offset()), at)) {
    return fail("the file of time zone '" + name + "' does not list its transitions up to 2037", "",
                "tzdata of the fat kind is needed, as Debian's");
  }
  std::vector<int64_t> out{std::numeric_limits<int64_t>::min(), offset[0]};
  for (size_t i = 0; i < at.size(); ++i) {
    if (types[i] >= offset.size()) return broken;
    out.push_back(at[i]);
    out.push_back(offset[types[i]]);
  }
  return out;
}

}  // namespace glacis

#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

// Capture files for tests, written by the byte.
namespace glacis::captures {

using Bytes = std::vector<uint8_t>;
enum class Order : uint8_t { kLittle, kBig };

class Writer {
 public:
  explicit Writer(Order order) : order_(order) {}
  Writer& u16(uint16_t v) { return number(v, 2); }
  Writer& u32(uint32_t v) { return number(v, 4); }
  Writer& bytes(const Bytes& b) {
    out_.insert(out_.end(), b.begin(), b.end());
    return *this;
  }
  Writer& pad4() {
    while (out_.size() % 4 != 0) out_.push_back(0);
    return *this;
  }
  [[nodiscard]] Order order() const { return order_; }
  [[nodiscard]] const Bytes& get() const { return out_; }

 private:
  Writer& number(uint64_t v, int size) {
    for (int i = 0; i < size; ++i) {
      const int shift = 8 * (order_ == Order::kLittle ? i : size - 1 - i);
      out_.push_back(static_cast<uint8_t>(v >> shift));
    }
    return *this;
  }
  Order order_;
  Bytes out_;
};

struct Record {
  uint32_t seconds = 0, fraction = 0;
  Bytes bytes;
};

constexpr uint32_t kMicro = 0xa1b2c3d4, kNano = 0xa1b23c4d;

inline Bytes pcap(Order order, uint32_t magic, uint32_t link, const std::vector<Record>& records) {
  Writer out(order);
  out.u32(magic).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(link);
  for (const Record& r : records) {
    const auto size = static_cast<uint32_t>(r.bytes.size());
    out.u32(r.seconds).u32(r.fraction).u32(size).u32(size).bytes(r.bytes);
  }
  return out.get();
}

// Blocks of pcapng; each function appends one.
class Blocks {
 public:
  explicit Blocks(Order order) : out_(order) {}

  Blocks& section() {
    return block(0x0a0d0d0a, Writer(out_.order()).u32(0x1a2b3c4d).u16(1).u16(0).u32(0xffffffff).u32(0xffffffff));
  }
  // `options` as written by option(); empty: none
  Blocks& interface(uint16_t link, const Bytes& options = {}) {
    return block(1, Writer(out_.order()).u16(link).u16(0).u32(0).bytes(options));
  }
  Blocks& packet(uint32_t interface, uint64_t ticks, const Bytes& bytes) {
    const auto size = static_cast<uint32_t>(bytes.size());
    Writer body(out_.order());
    body.u32(interface).u32(static_cast<uint32_t>(ticks >> 32)).u32(static_cast<uint32_t>(ticks)).u32(size).u32(size);
    return block(6, body.bytes(bytes).pad4());
  }
  Blocks& simple_packet(const Bytes& bytes) {
    return block(3, Writer(out_.order()).u32(static_cast<uint32_t>(bytes.size())).bytes(bytes).pad4());
  }
  Blocks& obsolete_packet(uint16_t interface, uint64_t ticks, const Bytes& bytes) {
    const auto size = static_cast<uint32_t>(bytes.size());
    Writer body(out_.order());
    body.u16(interface).u16(0xffff);  // it is not known what was dropped before
    body.u32(static_cast<uint32_t>(ticks >> 32)).u32(static_cast<uint32_t>(ticks)).u32(size).u32(size);
    return block(2, body.bytes(bytes).pad4());
  }
  Blocks& unknown() { return block(0x0bad, Writer(out_.order()).u32(1)); }
  Blocks& block(uint32_t type, const Writer& body) {
    const auto length = static_cast<uint32_t>(body.get().size() + 12);
    out_.u32(type).u32(length).bytes(body.get()).u32(length);
    return *this;
  }
  [[nodiscard]] Bytes option(uint16_t code, const Bytes& value) const {
    Writer out(out_.order());
    return out.u16(code).u16(static_cast<uint16_t>(value.size())).bytes(value).pad4().get();
  }
  [[nodiscard]] const Bytes& get() const { return out_.get(); }

 private:
  Writer out_;
};

// A file that goes with the object.
class File {
 public:
  explicit File(const Bytes& bytes) {
    std::string pattern = (std::filesystem::temp_directory_path() / "glacis-capture-XXXXXX").string();
    const int fd = ::mkstemp(pattern.data());
    if (fd < 0) std::abort();
    ::close(fd);
    path_ = pattern;
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  ~File() { std::remove(path_.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace glacis::captures

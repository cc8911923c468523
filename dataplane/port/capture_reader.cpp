#include "dataplane/port/capture_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

namespace glacis {
namespace {

constexpr uint32_t kMicroseconds = 0xa1b2c3d4, kNanoseconds = 0xa1b23c4d;
constexpr uint32_t kSection = 0x0a0d0d0a, kByteOrder = 0x1a2b3c4d;
constexpr uint32_t kInterfaceBlock = 1, kObsoletePacket = 2, kSimplePacket = 3, kEnhancedPacket = 6;
constexpr size_t kFileHeader = 24, kRecordHeader = 16, kBlockHeader = 8, kBlockOverhead = 12;
constexpr size_t kMaxInterfaces = 4096;
constexpr uint16_t kOptionResolution = 9, kOptionOffset = 14;

uint32_t raw32(std::span<const uint8_t> at) {
  uint32_t value;
  std::memcpy(&value, at.data(), sizeof value);
  return value;
}

unsigned __int128 to_nanos(uint64_t ticks, uint8_t resolution) {
  if ((resolution & 0x80) != 0) {
    const int shift = std::min(resolution & 0x7f, 63);
    const auto wide = static_cast<unsigned __int128>(ticks) * 1'000'000'000u;
    return wide >> shift;
  }
  unsigned __int128 value = ticks;
  for (int power = resolution; power < 9; ++power) value *= 10;
  for (int power = 9; power < std::min<int>(resolution, 28); ++power) value /= 10;
  return value;
}

// Ticks since the interface's offset as time since the epoch, kept between 1970 and kLatestCaptured.
Nanos time_of(uint64_t ticks, uint8_t resolution, int64_t offset_s) {
  const auto latest = static_cast<__int128>(kLatestCaptured.value);
  const auto time =
      static_cast<__int128>(to_nanos(ticks, resolution)) + static_cast<__int128>(offset_s) * 1'000'000'000;
  return Nanos(static_cast<int64_t>(std::clamp<__int128>(time, 0, latest)));
}

}  // namespace

Expected<std::unique_ptr<CaptureReader>> CaptureReader::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(std::string("cannot open the capture: ") + std::strerror(errno), path);
  struct stat status{};
  const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  if (!regular || status.st_size == 0) {
    ::close(fd);
    return fail(regular ? "the capture is empty" : "not a regular file", path);
  }
  const auto size = static_cast<size_t>(status.st_size);
  void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  ::close(fd);
  if (map == MAP_FAILED) return fail(std::string("cannot map the capture: ") + std::strerror(errno), path);
  std::unique_ptr<CaptureReader> reader(new CaptureReader());
  reader->path_ = path;
  reader->file_ = {static_cast<const uint8_t*>(map), size};
  if (auto ok = reader->read_header(); !ok) return std::unexpected(ok.error());
  return reader;
}

CaptureReader::~CaptureReader() {
  if (!file_.empty()) ::munmap(const_cast<uint8_t*>(file_.data()), file_.size());
}

uint16_t CaptureReader::u16(std::span<const uint8_t> at) const {
  uint16_t value;
  std::memcpy(&value, at.data(), sizeof value);
  return swapped_ ? static_cast<uint16_t>(value << 8 | value >> 8) : value;
}

uint32_t CaptureReader::u32(std::span<const uint8_t> at) const {
  const uint32_t value = raw32(at);
  return swapped_ ? __builtin_bswap32(value) : value;
}

Expected<void> CaptureReader::read_header() {
  if (file_.size() < 4) return fail("too short for a capture", path_);
  const uint32_t magic = raw32(file_);
  if (magic == kSection) {
    blocks_ = true;
    return {};
  }
  swapped_ = magic != kMicroseconds && magic != kNanoseconds;
  const uint32_t ours = u32(file_);
  if (ours != kMicroseconds && ours != kNanoseconds) {
    return fail("not a pcap or pcapng file", path_, "record with tcpdump -w or dumpcap");
  }
  if (file_.size() < kFileHeader) return fail("the file header is cut short", path_);
  nanoseconds_ = ours == kNanoseconds;
  // The top bits describe a frame check sequence.
  const uint32_t link = u32(file_.subspan(20)) & 0x03ffffff;
  if (!link_type_known(link)) {
    return fail("link type " + std::to_string(link) + " is not supported", path_,
                "Ethernet, raw IP, Linux cooked and loopback are");
  }
  link_ = static_cast<LinkType>(link);
  minor_ = u16(file_.subspan(6));
  first_ = offset_ = kFileHeader;
  return {};
}

void CaptureReader::rewind() {
  offset_ = first_;
  interfaces_.clear();
  fault_.reset();
  last_time_ = Nanos(0);
  unsupported_ = 0;
}

void CaptureReader::broken(const std::string& what) {
  fault_ = Error{what, path_ + " at byte " + std::to_string(offset_), "packets before it were used"};
  offset_ = file_.size();
}

std::optional<CapturedPacket> CaptureReader::next() {
  if (offset_ >= file_.size()) return std::nullopt;
  return blocks_ ? next_block() : next_pcap();
}

std::optional<CapturedPacket> CaptureReader::next_pcap() {
  const auto rest = file_.subspan(offset_);
  if (rest.size() < kRecordHeader) {
    broken("the last record header is cut short");
    return std::nullopt;
  }
  uint32_t captured = u32(rest.subspan(8));
  // Before version 2.3 the captured and the original length stood the other way round, in 2.3 either way.
  if (minor_ < 3) captured = u32(rest.subspan(12));
  if (minor_ == 3) captured = std::min(captured, u32(rest.subspan(12)));
  if (captured > rest.size() - kRecordHeader) {
    broken("a record of " + std::to_string(captured) + " bytes reaches past the end");
    return std::nullopt;
  }
  offset_ += kRecordHeader + captured;
  const int64_t fraction = int64_t{u32(rest.subspan(4))} * (nanoseconds_ ? 1 : 1000);
  return CapturedPacket{Nanos(int64_t{u32(rest)} * 1'000'000'000 + fraction), rest.subspan(kRecordHeader, captured),
                        link_};
}

bool CaptureReader::section_header() {
  const auto rest = file_.subspan(offset_);
  if (rest.size() < 28) return false;
  swapped_ = raw32(rest.subspan(8)) != kByteOrder;
  interfaces_.clear();
  return u32(rest.subspan(8)) == kByteOrder;
}

std::optional<CapturedPacket> CaptureReader::next_block() {
  while (offset_ < file_.size()) {
    const auto rest = file_.subspan(offset_);
    if (rest.size() < kBlockOverhead) {
      broken("the last block is cut short");
      return std::nullopt;
    }
    if (raw32(rest) == kSection && !section_header()) {
      broken("a section header without a byte order");
      return std::nullopt;
    }
    const uint32_t type = u32(rest), length = u32(rest.subspan(4));
    if (length < kBlockOverhead || length % 4 != 0 || length > rest.size()) {
      broken("a block of " + std::to_string(length) + " bytes does not fit");
      return std::nullopt;
    }
    const auto body = rest.subspan(kBlockHeader, length - kBlockOverhead);
    if (type == kInterfaceBlock) interface_block(body);
    if (type == kEnhancedPacket || type == kSimplePacket || type == kObsoletePacket) {
      auto packet = packet_block(body, type);
      if (fault_) return std::nullopt;
      offset_ += length;
      if (packet) return packet;
      continue;
    }
    if (fault_) return std::nullopt;
    offset_ += length;
  }
  return std::nullopt;
}

void CaptureReader::interface_block(std::span<const uint8_t> body) {
  if (body.size() < 8 || interfaces_.size() == kMaxInterfaces) {
    broken("an interface block that does not fit");
    return;
  }
  Interface out;
  const uint16_t link = u16(body);
  out.known = link_type_known(link);
  out.link = static_cast<LinkType>(link);
  auto options = body.subspan(8);
  while (options.size() >= 4) {
    const uint16_t code = u16(options), length = u16(options.subspan(2));
    const size_t padded = (size_t{length} + 3) / 4 * 4;
    if (code == 0 || padded > options.size() - 4) break;
    if (code == kOptionResolution && length >= 1) out.resolution = options[4];
    if (code == kOptionOffset && length >= 8) {
      const uint64_t a = u32(options.subspan(4)), b = u32(options.subspan(8));
      out.offset_s = static_cast<int64_t>(swapped_ ? a << 32 | b : b << 32 | a);
    }
    options = options.subspan(4 + padded);
  }
  if (!out.known && interfaces_.empty()) {
    broken("link type " + std::to_string(link) + " is not supported");
    return;
  }
  interfaces_.push_back(out);
}

// The obsolete block is the enhanced one, but for the interface: 16 bits, then 16 of drops before this packet.
std::optional<CapturedPacket> CaptureReader::packet_block(std::span<const uint8_t> body, uint32_t type) {
  const bool simple = type == kSimplePacket;
  const size_t header = simple ? 4 : 20;
  if (body.size() < header) {
    broken("a packet block that is cut short");
    return std::nullopt;
  }
  const uint32_t index = simple ? 0 : type == kObsoletePacket ? u16(body) : u32(body);
  const uint32_t stated = simple ? u32(body) : u32(body.subspan(12));
  const size_t captured = simple ? std::min<size_t>(stated, body.size() - header) : stated;
  if (index >= interfaces_.size() || captured > body.size() - header) {
    broken("a packet of " + std::to_string(stated) + " bytes on interface " + std::to_string(index) + " does not fit");
    return std::nullopt;
  }
  const Interface& interface = interfaces_[index];
  if (!interface.known) {
    ++unsupported_;
    return std::nullopt;
  }
  if (!simple) {
    const uint64_t ticks = uint64_t{u32(body.subspan(4))} << 32 | u32(body.subspan(8));
    last_time_ = time_of(ticks, interface.resolution, interface.offset_s);
  }
  return CapturedPacket{last_time_, body.subspan(header, captured), interface.link};
}

}  // namespace glacis

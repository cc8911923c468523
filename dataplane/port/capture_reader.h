#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/error.h"
#include "dataplane/base/ids.h"
#include "dataplane/decode/decode.h"

namespace glacis {

// No packet of a capture is later (the year 2116): what a file claims beyond is read as this, so that
// adding time-outs to it stays in range.
inline constexpr Nanos kLatestCaptured{int64_t{1} << 62};

struct CapturedPacket {
  Nanos time;
  std::span<const uint8_t> bytes;  // lives as long as the reader
  LinkType link = LinkType::kEthernet;
};

// Reads pcap (micro- and nanoseconds, both byte orders) and pcapng (sections, interfaces, enhanced, simple and
// obsolete packets, if_tsresol) from a memory map. Every length in the file is hostile: a record that
// does not fit ends the reading with an error that names file and offset; what came before is good.
// Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng. Thread: one.
class CaptureReader {
 public:
  // Fails when the file is missing, empty, no capture, or of an unknown link type (named).
  [[nodiscard]] static Expected<std::unique_ptr<CaptureReader>> open(const std::string& path);
  ~CaptureReader();
  CaptureReader(const CaptureReader&) = delete;
  CaptureReader& operator=(const CaptureReader&) = delete;

  // The next packet; nothing at the end or after a fault.
  [[nodiscard]] std::optional<CapturedPacket> next();
  // Set when the file ended in the middle of a record or with a broken one.
  [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }
  // Packets passed over because their interface has a link type that decode does not know (pcapng).
  [[nodiscard]] uint64_t unsupported() const { return unsupported_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  void rewind();

 private:
  struct Interface {
    LinkType link = LinkType::kEthernet;
    bool known = false;
    uint8_t resolution = 6;  // if_tsresol: power of ten, or of two with the top bit set
    int64_t offset_s = 0;
  };
  CaptureReader() = default;
  Expected<void> read_header();
  std::optional<CapturedPacket> next_pcap();
  std::optional<CapturedPacket> next_block();
  std::optional<CapturedPacket> packet_block(std::span<const uint8_t> body, uint32_t type);
  void interface_block(std::span<const uint8_t> body);
  bool section_header();
  void broken(const std::string& what);
  [[nodiscard]] uint16_t u16(std::span<const uint8_t> at) const;
  [[nodiscard]] uint32_t u32(std::span<const uint8_t> at) const;

  std::string path_;
  std::span<const uint8_t> file_;
  size_t offset_ = 0, first_ = 0;
  bool swapped_ = false, nanoseconds_ = false, blocks_ = false;
  LinkType link_ = LinkType::kEthernet;
  uint16_t minor_ = 4;  // version 2.x of pcap
  std::vector<Interface> interfaces_;
  uint64_t unsupported_ = 0;
  Nanos last_time_;  // simple packet blocks have none of their own
  std::optional<Error> fault_;
};

}  // namespace glacis

#pragma once

#include <pcap/pcap.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace glacis {

struct OraclePacket {
  int64_t time_ns;
  bool time_holds;  // its fraction is less than a second; libpcap reads a larger one as signed
  std::vector<uint8_t> bytes;
};

// A capture as libpcap reads it.
struct OracleReading {
  std::vector<OraclePacket> packets;
  int link = 0;
  size_t snapshot = 0;  // libpcap cuts what is longer, though the file holds it
  std::string fault;    // why it stopped before the end; empty: at the end
};

// Nothing when libpcap refuses the file.
inline std::optional<OracleReading> read_with_libpcap(const std::string& path) {
  char why[PCAP_ERRBUF_SIZE] = {};
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why), [](pcap_t* p) {
        if (p != nullptr) pcap_close(p);
      });
  if (!handle) return std::nullopt;
  OracleReading out;
  out.link = pcap_datalink(handle.get());
  out.snapshot = static_cast<size_t>(pcap_snapshot(handle.get()));
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  int more = 0;
  while ((more = pcap_next_ex(handle.get(), &header, &bytes)) == 1) {
    // With nanosecond precision tv_usec holds nanoseconds.
    const auto fraction = header->ts.tv_usec;
    out.packets.push_back({int64_t{header->ts.tv_sec} * 1'000'000'000 + fraction,
                           fraction >= 0 && fraction < 1'000'000'000,
                           {bytes, bytes + header->caplen}});
  }
  if (more == PCAP_ERROR) out.fault = pcap_geterr(handle.get());
  return out;
}

}  // namespace glacis

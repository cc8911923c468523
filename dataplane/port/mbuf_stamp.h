#pragma once

#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "dataplane/base/error.h"
#include "dataplane/decode/decode.h"
#include "dataplane/port/rx_port.h"

namespace glacis {

// What travels with each mbuf from its port to its worker: event time, ordinal, port, link type.
struct MbufStamp {
  Nanos time;
  Ordinal ordinal;
  PortId port;
  LinkType link = LinkType::kEthernet;
};

// Where the stamp stands in every mbuf. Registered once per process, after EAL start, before ports.
class MbufStampField {
 public:
  [[nodiscard]] static Expected<MbufStampField> register_field();
  [[nodiscard]] MbufStamp& of(rte_mbuf* mbuf) const { return *RTE_MBUF_DYNFIELD(mbuf, offset_, MbufStamp*); }

 private:
  explicit MbufStampField(int offset) : offset_(offset) {}
  int offset_;
};

}  // namespace glacis

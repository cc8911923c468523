#pragma once

#include <vector>

#include "control/exchange/applications.h"
#include "control/exchange/exporter.h"

namespace glacis::control {

// What a firewall between zones lets through or not, as far as addresses, transports and ports say it.
struct Segment {
  const Model* model = nullptr;
  std::string element;  // "never/n-ws-db", "flows/f-db", "zones/users", "boundaries/b"
  Position at;
  std::string says;
  EndNames from, to;                  // none: any. Each has an address, or is any
  std::vector<Transport> transports;  // none: any protocol
  std::vector<PortSpan> ports;        // none: any
  bool allow = false;
  std::vector<const FlowElement*> except;  // of a never line: lines that it does not hold for
};

// In the order of judgement: never lines, flows lines, inside a zone, boundaries that allow. What none of them says is
// denied. An end known by name alone is left out: a wall cannot see it, and to open its zone would be too much.
[[nodiscard]] std::vector<Segment> segments_of(const ExportModels& models, Losses& losses);

}  // namespace glacis::control

#pragma once

#include <string>
#include <vector>

#include "control/analysis/case_steps.h"
#include "control/exchange/applications.h"
#include "control/exchange/end_addresses.h"

namespace glacis::control {

// Flows that can be told by addresses, ports and applications.
struct Filter {
  AddressBlocks from, to;
  std::vector<PortSpan> ports;        // none: any
  std::vector<std::string> apps;      // none: any
  std::vector<Transport> transports;  // none: any protocol
};

// Flows with one filter that have none of the others.
struct FilterLess {
  Filter filter;
  std::vector<Filter> except;
};

// Makes filters of lines and steps, and notes what no filter says. Borrows everything. Thread: one.
class Filters {
 public:
  Filters(const ExportModels& models, Losses& losses) : models_(models), losses_(losses), addresses_(models) {}

  // Empty blocks at an end: nothing there has an address, which is noted.
  [[nodiscard]] FilterLess of(const Model& model, const NeverElement& never);
  // `modelled`: flows that some line of some model covers are left out.
  [[nodiscard]] FilterLess of(const Model& model, const std::string& element, const StepElement& step,
                              const StepTraffic& traffic, bool unmodelled);
  // Of a line that allows: wider where it is not exact, so that nothing that is meant is told.
  [[nodiscard]] Filter of(const Model& model, const FlowElement& line);

 private:
  [[nodiscard]] AddressBlocks ends(const Model& model, const std::string& element, const Position& at,
                                   const EndNames& names);
  [[nodiscard]] Filter filter(const Model& model, const std::string& element, const Position& at, const EndNames& from,
                              const EndNames& to, const std::vector<PortSpan>& ports,
                              const std::vector<std::string>& apps);

  const ExportModels& models_;
  Losses& losses_;
  EndAddresses addresses_;
};

// Conditions of a line that no address, port or application tells: "hours, until"; empty: none.
[[nodiscard]] std::string untold_conditions(const FlowElement& line);

// Whether there is something at both ends.
[[nodiscard]] bool has_ends(const Filter& filter);

}  // namespace glacis::control

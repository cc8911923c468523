#pragma once

#include <string>
#include <vector>

#include "control/threat_model/places.h"

namespace glacis::control {

// What conditions ask about a model, each fact in one place. Borrows places. Thread: any.
class ThreatFacts {
 public:
  explicit ThreatFacts(const Places& places) : places_(places), model_(places.model()) {}

  [[nodiscard]] const Places& places() const { return places_; }
  [[nodiscard]] const Model& model() const { return model_; }

  // --- of a line
  // Its payload can be read: an application without encryption, or `clear: true`.
  [[nodiscard]] bool readable(const FlowElement& flow) const;
  // A port of remote administration (SSH, Telnet, RPC, SMB, RDP, VNC, WinRM), or class admin.
  [[nodiscard]] bool administers(const FlowElement& flow) const;
  // The least trust of where it may start; of where it may end the most.
  [[nodiscard]] uint32_t least_trust(const EndNames& ends) const;
  [[nodiscard]] uint32_t most_trust(const EndNames& ends) const;
  [[nodiscard]] bool leads_up(const FlowElement& flow) const { return least_trust(flow.from) < most_trust(flow.to); }
  // The worst loss of data that it may carry, 0-5.
  [[nodiscard]] uint32_t carried(const FlowElement& flow) const;
  // Whether an end is an asset of this kind.
  [[nodiscard]] bool ends_in(const EndNames& ends, std::string_view kind) const;
  // Environments of the zones of these ends, each once; those without one do not count.
  [[nodiscard]] std::vector<std::string> environments(const EndNames& ends) const;

  // --- of an asset or zone
  [[nodiscard]] std::vector<const FlowElement*> flows_to(const std::string& place) const;
  [[nodiscard]] std::vector<const FlowElement*> flows_from(const std::string& place) const;
  // A never line that is about flows to it, or from it to a zone that is `any`.
  [[nodiscard]] bool guarded(const std::string& place) const;
  [[nodiscard]] bool egress_guarded(const ZoneElement& zone) const;
  // Some step of a case is about flows to it.
  [[nodiscard]] bool watched(const std::string& place) const;

 private:
  const Places& places_;
  const Model& model_;
};

}  // namespace glacis::control

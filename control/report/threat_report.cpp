#include "control/report/threat_report.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <ostream>
#include <tuple>

#include "control/report/markup.h"
#include "control/threat_model/printable_text.h"

namespace glacis::control {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kStrides = {Stride::kSpoofing,   Stride::kTampering, Stride::kRepudiation,
                                 Stride::kDisclosure, Stride::kDenial,    Stride::kElevation};

std::vector<const Threat*> in_file_order(const std::vector<Threat>& threats) {
  std::vector<const Threat*> out;
  for (const Threat& threat : threats) out.push_back(&threat);
  std::ranges::stable_sort(out, [](const Threat* a, const Threat* b) {
    return std::tie(a->at.file, a->at.line, a->at.column) < std::tie(b->at.file, b->at.line, b->at.column);
  });
  return out;
}

}  // namespace

void print_threats(const std::vector<Threat>& threats, Colour colour, std::ostream& out) {
  const bool on = colour == Colour::kOn;
  for (const Threat* threat : in_file_order(threats)) {
    out << printable(place_text(threat->at)) << ": " << (on ? "\033[33m" : "") << stride_name(threat->condition->stride)
        << (on ? "\033[0m" : "") << ": " << printable(threat->sentence) << " [" << printable(threat->id) << "]\n  "
        << printable(threat->stub) << "\n";
  }
  out << threats.size() << (threats.size() == 1 ? " threat" : " threats") << " without an answer, of "
      << threat_conditions().size() << " conditions\n";
}

void print_threats_json(const std::vector<Threat>& threats, std::ostream& out) {
  Json all = Json::array();
  for (const Threat* threat : in_file_order(threats)) {
    all.push_back({{"id", threat->id},
                   {"condition", threat->condition->id},
                   {"stride", stride_name(threat->condition->stride)},
                   {"element", threat->element},
                   {"sentence", threat->sentence},
                   {"answer", threat->stub},
                   {"file", threat->at.file},
                   {"line", threat->at.line}});
  }
  out << all.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

void print_threats_markdown(const std::vector<Threat>& threats, std::ostream& out) {
  for (const Stride stride : kStrides) {
    bool first = true;
    for (const Threat* threat : in_file_order(threats)) {
      if (threat->condition->stride != stride) continue;
      if (first) out << "\n## " << stride_name(stride) << "\n\n| threat | where | id |\n|---|---|---|\n";
      first = false;
      out << "| " << markdown_text(threat->sentence) << " | " << markdown_text(place_text(threat->at)) << " | "
          << markdown_text(threat->id) << " |\n";
    }
  }
  out << "\n" << threats.size() << " without an answer.\n";
}

void print_conditions(std::ostream& out) {
  for (const ThreatCondition& condition : threat_conditions())
    out << condition.id << " (" << stride_name(condition.stride) << "): " << condition.says << "\n";
}

}  // namespace glacis::control

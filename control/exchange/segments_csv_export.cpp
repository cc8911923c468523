#include "control/exchange/segments_csv_export.h"

#include "control/exchange/end_addresses.h"
#include "control/exchange/one_line.h"
#include "control/exchange/segments.h"
#include "control/report/markup.h"

namespace glacis::control {
namespace {

// The first cell is never empty.
std::string row(const std::vector<std::string>& cells) {
  std::string out;
  for (const std::string& text : cells) out += (out.empty() ? "" : ",") + csv_text(one_line(text));
  return out + "\n";
}

std::string transports(const Segment& segment) {
  std::vector<std::string_view> out;
  for (const Transport t : segment.transports) out.push_back(transport_name(t));
  return out.empty() ? "any" : joined(out, " ");
}

std::string ports(const Segment& segment) {
  std::vector<std::string> out;
  for (const PortSpan& span : segment.ports) {
    const std::string first = std::to_string(span.first);
    out.push_back(span.first == span.last ? first : first + "-" + std::to_string(span.last));
  }
  return out.empty() ? "any" : joined(out, " ");
}

// "10.1.0.0/16 !10.1.7.0/28"; several blocks are apart by |.
std::string addresses(const AddressBlocks& blocks) {
  std::vector<std::string> out;
  for (const AddressBlock& block : blocks) {
    std::vector<std::string> parts;
    if (block.everywhere) parts.emplace_back("any");
    for (const AddressPrefix& prefix : block.within) parts.push_back(prefix_text(prefix));
    for (const AddressPrefix& prefix : block.without) parts.push_back("!" + prefix_text(prefix));
    out.push_back(joined(parts, " "));
  }
  return joined(out, " | ");
}

EndNames named(const EndNames& ends) { return ends.empty() ? EndNames{"any"} : ends; }

}  // namespace

Exported export_segments_csv(const ExportModels& models) {
  Exported out;
  EndAddresses ends(models);
  std::string text = "from,to,proto,ports,action,line,element,except,from_addr,to_addr,says\n";
  for (const Segment& s : segments_of(models, out.losses)) {
    std::vector<std::string> except;
    for (const FlowElement* line : s.except) except.push_back(line->id);
    for (const std::string& from : named(s.from)) {
      for (const std::string& to : named(s.to)) {
        text += row({from, to, transports(s), ports(s), s.allow ? "allow" : "deny", place_text(s.at),
                     s.model->id + "/" + s.element, joined(except, " "), addresses(ends.of(*s.model, from)),
                     addresses(ends.of(*s.model, to)), s.says});
      }
    }
  }
  text += row({"any", "any", "any", "any", "deny", "", "", "", "any", "any", "no line says it"});
  out.files.push_back({"segments.csv", std::move(text)});
  return out;
}

}  // namespace glacis::control

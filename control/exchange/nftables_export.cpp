#include "control/exchange/nftables_export.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "control/exchange/end_addresses.h"
#include "control/exchange/one_line.h"
#include "control/exchange/segments.h"
#include "dataplane/base/utf8.h"

namespace glacis::control {
namespace {

constexpr size_t kMostCommentBytes = 120;  // the kernel takes 128 with what nft adds

struct Family {
  std::string_view word, type, number;
  size_t size_bytes;
};
constexpr Family kFamilies[] = {{"ip", "ipv4_addr", "4", 4}, {"ip6", "ipv6_addr", "6", 16}};

std::string comment(std::string_view text) {
  const std::string line = replaced(one_line(text), "\"", '\'');
  return "comment \"" + std::string(utf8_start(line, kMostCommentBytes)) + '"';
}

std::string place_of(const Segment& segment) {
  return segment.model->id + "/" + segment.element + " " + place_text(segment.at);
}

// "tcp dport { 22, 5985-5986 }"; empty: any.
std::string service(const std::vector<Transport>& transports, const std::vector<PortSpan>& ports) {
  std::vector<std::string> names, spans;
  for (const Transport t : transports) names.emplace_back(transport_name(t));
  for (const PortSpan& span : ports) {
    const std::string first = std::to_string(span.first);
    spans.push_back(span.first == span.last ? first : first + "-" + std::to_string(span.last));
  }
  if (names.empty()) return "";
  const std::string which = "meta l4proto { " + joined(names, ", ") + " } ";
  return spans.empty() ? which : which + "th dport { " + joined(spans, ", ") + " } ";
}

class Ruleset {
 public:
  explicit Ruleset(const ExportModels& models) : models_(models), addresses_(models) {}

  Exported run() {
    for (const Segment& segment : segments_of(models_, out_.losses)) add(segment);
    std::string text = "#!/usr/sbin/nft -f\n# Made by glacis of:";
    for (const Model& model : models_.models()) text += " " + model.id + " (" + one_line(model.file) + ")";
    text += "\ntable inet glacis\ndelete table inet glacis\ntable inet glacis {\n";
    for (const auto& [name, set] : sets_) text += set;
    text += chains_ + "  chain forward {\n    type filter hook forward priority filter; policy drop;\n";
    text += "    ct state established,related accept\n    ct state invalid drop\n";
    if (ignores_icmp()) text += "    meta l4proto { icmp, ipv6-icmp } accept " + comment("drift.ignore: icmp") + "\n";
    text += forward_ + "    counter " + comment("no flows line models it") + "\n  }\n}\n";
    out_.files.push_back({"glacis.nft", std::move(text)});
    return std::move(out_);
  }

 private:
  // Notes protocols that a wall needs a line for, too.
  bool ignores_icmp() {
    bool out = false;
    for (const Model& model : models_.models()) {
      for (const std::string& protocol : model.drift_ignore) {
        out |= protocol == "icmp";
        if (protocol != "icmp")
          out_.losses.add(model.id, "drift", model.drift_at, "ignored " + protocol + " is denied without a flows line");
      }
    }
    return out;
  }

  void add(const Segment& segment) {
    std::string verdict = "accept";
    if (!segment.allow) verdict = segment.except.empty() ? "counter drop" : "jump " + exceptions(segment);
    for (const std::string& match : matches(*segment.model, segment.from, segment.to)) {
      forward_ += "    " + match + service(segment.transports, segment.ports) + verdict + " " +
                  comment(place_of(segment)) + "\n";
    }
  }

  // A chain that what is meant returns from.
  std::string exceptions(const Segment& never) {
    const std::string name = never.element + "/" + never.model->id;
    chains_ += "  chain " + name + " {\n";
    for (const FlowElement* line : never.except) {
      const std::string what = service(transports_of(line->apps, line->ports), line->ports);
      for (const std::string& match : matches(*never.model, line->from, line->to))
        chains_ += "    " + match + what + "return " + comment("flows/" + line->id) + "\n";
    }
    chains_ += "    counter drop " + comment(place_of(never)) + "\n  }\n";
    return name;
  }

  // One for each pair of ends and family that both have.
  std::vector<std::string> matches(const Model& model, const EndNames& from, const EndNames& to) {
    std::vector<std::string> out;
    for (const std::string& a : ends(from)) {
      for (const std::string& b : ends(to)) {
        if (a == "any" && b == "any") out.emplace_back();
        if (a == "any" && b == "any") continue;
        for (const Family& family : kFamilies) {
          const auto source = end(model, a, family, "saddr"), destination = end(model, b, family, "daddr");
          if (source && destination) out.push_back(*source + *destination);
        }
      }
    }
    return out;
  }

  static EndNames ends(const EndNames& names) {
    return names.empty() || std::ranges::find(names, "any") != names.end() ? EndNames{"any"} : names;
  }

  // "ip saddr @zone/users/4 "; "": any; nothing: no address of this family.
  std::optional<std::string> end(const Model& model, const std::string& name, const Family& family,
                                 std::string_view side) {
    if (name == "any") return "";
    const std::vector<AddressRange> ranges = ranges_of(addresses_.of(model, name), family.size_bytes);
    if (ranges.empty()) return std::nullopt;
    const bool zone = models_.places(model).zone(name) != nullptr;
    // No id has a '/', so no two of them are one name.
    const std::string set =
        (zone ? "zone/" + name : "asset/" + model.id + "/" + name) + "/" + std::string(family.number);
    if (!sets_.contains(set)) {
      std::vector<std::string> elements;
      for (const AddressRange& range : ranges) elements.push_back(range_text(range));
      sets_[set] = "  set " + set + " {\n    type " + std::string(family.type) +
                   "\n    flags interval\n    elements = { " + joined(elements, ", ") + " }\n  }\n";
    }
    return std::string(family.word) + " " + std::string(side) + " @" + set + " ";
  }

  const ExportModels& models_;
  EndAddresses addresses_;
  Exported out_;
  std::map<std::string, std::string> sets_;
  std::string chains_, forward_;
};

}  // namespace

Exported export_nftables(const ExportModels& models) { return Ruleset(models).run(); }

}  // namespace glacis::control

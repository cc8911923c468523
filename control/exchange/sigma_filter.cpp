#include "control/exchange/sigma_filter.h"

#include "control/exchange/one_line.h"

namespace glacis::control {
namespace {

// Collects selections and says how they are joined. Every name begins with `prefix`.
class Selections {
 public:
  explicit Selections(SigmaDetection& out) : out_(out) {}

  // All conditions of a filter; none: it says nothing.
  std::vector<std::string> add(const std::string& prefix, const Filter& filter) {
    std::vector<std::string> parts;
    const auto part = [&](std::string condition) {
      if (!condition.empty()) parts.push_back(std::move(condition));
    };
    part(end(prefix + "from", "source.ip|cidr", filter.from));
    part(end(prefix + "to", "destination.ip|cidr", filter.to));
    part(ports(prefix + "port", filter.ports));
    part(apps(prefix + "app", filter.apps));
    return parts;
  }

  std::string select(std::string name, std::vector<SigmaMap> maps) {
    out_.selections.emplace_back(name, std::move(maps));
    return name;
  }

 private:
  static std::vector<std::string> texts(const std::vector<AddressPrefix>& prefixes) {
    std::vector<std::string> out;
    for (const AddressPrefix& prefix : prefixes) {
      out.push_back(address_text(prefix.bytes) + "/" + std::to_string(prefix.length));
    }
    return out;
  }

  // "(from1 and not from1_less) or from2"; empty: every address.
  std::string end(const std::string& name, const std::string& field, const AddressBlocks& blocks) {
    std::vector<std::string> ways;
    for (size_t i = 0; i < blocks.size(); ++i) {
      const AddressBlock& block = blocks[i];
      if (block.everywhere && block.without.empty()) return "";
      const std::string own = name + std::to_string(i + 1);
      std::vector<std::string> parts;
      if (!block.everywhere) parts.push_back(select(own, {{{field, texts(block.within)}}}));
      if (!block.without.empty()) parts.push_back("not " + select(own + "_less", {{{field, texts(block.without)}}}));
      ways.push_back(parts.size() == 1 ? parts[0] : '(' + joined(parts, " and ") + ')');
    }
    return ways.size() == 1 ? ways[0] : '(' + joined(ways, " or ") + ')';
  }

  std::string ports(const std::string& name, const std::vector<PortSpan>& spans) {
    if (spans.empty()) return "";
    std::vector<std::string> single;
    std::vector<SigmaMap> maps;
    for (const PortSpan& span : spans) {
      const std::string first = std::to_string(span.first), last = std::to_string(span.last);
      if (span.first == span.last) {
        single.push_back(first);
      } else {
        maps.push_back({{"destination.port|gte", {first}, true}, {"destination.port|lte", {last}, true}});
      }
    }
    if (!single.empty()) maps.insert(maps.begin(), {{"destination.port", std::move(single), true}});
    return select(name, std::move(maps));
  }

  // HTTPS is TLS to who looks at it.
  std::string apps(const std::string& name, const std::vector<std::string>& apps) {
    if (apps.empty()) return "";
    std::vector<std::string> values;
    for (const std::string& app : apps) values.push_back(app == "https" ? "tls" : app);
    return select(name, {{{"network.protocol", std::move(values)}}});
  }

  SigmaDetection& out_;
};

}  // namespace

std::optional<SigmaDetection> sigma_detection(const FilterLess& filter, const SigmaMap& more) {
  SigmaDetection out;
  Selections selections(out);
  std::vector<std::string> parts = selections.add("", filter.filter);
  if (!more.empty()) parts.push_back(selections.select("more", {more}));
  if (parts.empty()) parts.push_back(selections.select("flow", {{{"source.ip", {"*"}}}}));
  for (size_t i = 0; i < filter.except.size(); ++i) {
    if (!has_ends(filter.except[i])) continue;
    const std::vector<std::string> inner = selections.add("but" + std::to_string(i + 1) + "_", filter.except[i]);
    if (inner.empty()) return std::nullopt;
    parts.push_back("not (" + joined(inner, " and ") + ")");
  }
  out.condition = joined(parts, " and ");
  return out;
}

}  // namespace glacis::control

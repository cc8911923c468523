#include "dataplane/policy/path_builder.h"

#include <algorithm>
#include <functional>
#include <string>

#include "dataplane/base/utf8.h"
#include "glacis/v1/policy.pb.h"

namespace glacis {
namespace {

constexpr int kMaxDepth = 4;
static_assert(kMaxInnerGroups == kMaxDepth - 1);
// Ten years: what the language can say, and far from where times would overflow.
constexpr int64_t kLongestSpan_ns = int64_t{3650} * 86'400 * 1'000'000'000;
using Ways = std::vector<PathAlternative>;

class PathBuilder {
 public:
  PathBuilder(const PathSources& sources, JudgeTables& tables, std::vector<Error>& faults, std::string where)
      : sources_(sources), tables_(tables), faults_(faults), where_(std::move(where)) {}

  PathRule build(const v1::AbusePath& path) {
    out_.id = path.id();
    out_.each = path.each();
    out_.rule = rule_of(path.rule());
    out_.variables.assign(path.variables().begin(), path.variables().end());
    out_.within = span(path.root().within_ns(), ".root.within_ns");
    if (out_.variables.size() > kMaxPathVariables) fault("more than 8 variables", ".variables");
    if (path.root().kind() == v1::GROUP_KIND_ANY) {
      out_.top_nodes = 1;
    } else {
      out_.top_nodes = static_cast<uint16_t>(std::min(path.root().nodes_size(), kMaxPathSteps));
    }
    for (const uint32_t k : path.alert_at()) {
      if (k < 1 || k > out_.top_nodes) {
        fault("alert_at " + std::to_string(k) + " is not a step", ".alert_at");
        break;
      }
      out_.alert_at.push_back(static_cast<uint16_t>(k));
    }
    if (std::find(out_.alert_at.begin(), out_.alert_at.end(), out_.top_nodes) == out_.alert_at.end()) {
      out_.alert_at.push_back(out_.top_nodes);
    }
    for (PathAlternative& way : group(path.root(), {}, ".root")) {
      if (!way.steps.empty()) out_.alternatives.push_back(std::move(way));
    }
    if (out_.alternatives.empty()) fault("no way through the path can be seen", ".root");
    out_.definition = std::hash<std::string>{}(shape_);
    return std::move(out_);
  }

 private:
  void fault(std::string what, const std::string& place, std::string hint = "") {
    faults_.push_back({std::move(what), where_ + place, std::move(hint)});
  }

  Nanos span(int64_t ns, const std::string& place) {
    if (ns >= 0 && ns <= kLongestSpan_ns) return Nanos(ns);
    fault(std::to_string(ns) + " ns is no span of a path", place);
    return Nanos(0);
  }

  RuleIndex rule_of(uint32_t id) {
    const auto found = std::lower_bound(sources_.rule_at.begin(), sources_.rule_at.end(), std::pair(id, 0u));
    if (found != sources_.rule_at.end() && found->first == id) return RuleIndex(found->second);
    fault("no rule " + std::to_string(id) + " in `rules`", ".rule");
    return kNoRule;
  }

  // Where a node stands.
  struct Around {
    int depth = 0;       // groups around it
    uint16_t top = 0;    // position of the top-level node that it is or is in; 0: the root itself
    bool extra = false;  // in a group that may be left out
  };

  // Every way through a group.
  Ways group(const v1::Group& g, Around around, const std::string& place) {
    if (around.depth == kMaxDepth) {
      fault("deeper than 4 groups", place);
      return {};
    }
    if (g.kind() != v1::GROUP_KIND_THEN && g.kind() != v1::GROUP_KIND_ANY) {
      fault("group kind is not known: this sensor knows then and any", place + ".kind");
      return {};
    }
    if (g.nodes_size() == 0 || g.nodes_size() > kMaxPathSteps) {
      fault("a group of " + std::to_string(g.nodes_size()) + " nodes", place, "1 to 16");
      return {};
    }
    const bool any = g.kind() == v1::GROUP_KIND_ANY;
    shape_ += any ? "any(" : "then(";
    shape_ += std::to_string(g.within_ns()) + "," + std::to_string(g.gap_ns()) + (g.optional() ? ",optional," : ",");
    Ways out;
    if (!any) out.push_back({});
    for (int i = 0; i < g.nodes_size(); ++i) {
      Around inner{around.depth + 1, around.top, around.extra};
      if (around.top == 0) inner.top = static_cast<uint16_t>(any ? 1 : i + 1);
      Ways ways = node(g.nodes(i), inner, place + ".nodes[" + std::to_string(i) + "]");
      if (any) {
        out.insert(out.end(), ways.begin(), ways.end());
      } else {
        out = product(out, ways);
      }
      if (out.size() > kMaxPathAlternatives) {
        fault("more than 64 alternatives", place);
        return {};
      }
    }
    shape_ += ")";
    if (around.depth != 0) bound(g, around.depth, place, out);
    return out;
  }

  // What an inner group bounds stands beside its steps, for they are all that is left of it.
  void bound(const v1::Group& g, int depth, const std::string& place, Ways& ways) {
    const Nanos within = span(g.within_ns(), place + ".within_ns"), gap = span(g.gap_ns(), place + ".gap_ns");
    if (within.value == 0 && gap.value == 0) return;
    for (PathAlternative& way : ways) {
      if (way.steps.empty()) continue;
      const auto last = static_cast<uint16_t>(way.steps.size() - 1);
      way.spans.push_back({0, last, static_cast<uint8_t>(depth - 1), within, gap});
    }
  }

  static Ways product(const Ways& heads, const Ways& tails) {
    Ways out;
    for (const PathAlternative& head : heads) {
      for (const PathAlternative& tail : tails) {
        PathAlternative& both = out.emplace_back(head);
        const auto offset = static_cast<uint16_t>(head.steps.size());
        both.steps.insert(both.steps.end(), tail.steps.begin(), tail.steps.end());
        for (PathSpan span : tail.spans) {
          span.first = static_cast<uint16_t>(span.first + offset);
          span.last = static_cast<uint16_t>(span.last + offset);
          both.spans.push_back(span);
        }
      }
    }
    return out;
  }

  Ways node(const v1::Node& n, Around around, const std::string& place) {
    if (n.has_group()) {
      around.extra |= n.group().optional();
      Ways ways = group(n.group(), around, place + ".group");
      const bool passed_over = std::ranges::any_of(ways, [](const PathAlternative& way) { return way.steps.empty(); });
      if (n.group().optional() && !passed_over) ways.push_back({});
      return ways;
    }
    if (!n.has_step()) {
      fault("neither a step nor a group", place);
      return {};
    }
    const StepIndex index = step(n.step(), around, place + ".step");
    if (n.step().enforced()) return {{{index}, {}}};
    // What cannot be seen: an optional step is passed over, an alternative falls away.
    return n.step().optional() ? Ways{{}} : Ways{};
  }

  StepIndex step(const v1::Step& s, const Around& around, const std::string& place) {
    const StepIndex index(static_cast<uint16_t>(out_.steps.size()));
    PathStepRule rule;
    rule.id = s.id();
    rule.enforced = s.enforced();
    rule.optional = s.optional();
    rule.extra = s.optional() || around.extra;
    rule.top = around.top;
    rule.gap = span(s.gap_ns(), place + ".gap_ns");
    shape_ += s.source() + ";" + std::to_string(s.gap_ns()) + ";";
    if (out_.steps.size() == kMaxPathSteps) {
      fault("more than 16 steps", place);
      return StepIndex(0);
    }
    if (s.enforced()) enforce(s, rule, place);
    out_.steps.push_back(std::move(rule));
    return index;
  }

  void enforce(const v1::Step& s, PathStepRule& rule, const std::string& place) {
    if (s.verb() != "flow" && s.verb() != "content" && s.verb() != "anomaly")
      fault("verb '" + std::string(utf8_start(s.verb(), 32)) + "' is not known", place + ".verb");
    rule.verb = s.verb() == "content"   ? StepVerb::kContent
                : s.verb() == "anomaly" ? StepVerb::kAnomaly
                                        : StepVerb::kFlow;
    rule.ends.from = sources_.plan.resolve(s.from(), where_ + place + ".from", faults_);
    rule.ends.to = sources_.plan.resolve(s.to(), where_ + place + ".to", faults_);
    for (const v1::PortRange& range : s.ports()) {
      if (range.first() > range.last() || range.last() > 0xffff) {
        fault("port range out of order", place + ".ports");
        break;
      }
      rule.ends.ports.push_back({static_cast<uint16_t>(range.first()), static_cast<uint16_t>(range.last())});
    }
    if (s.flow_line_plus1() > static_cast<uint32_t>(sources_.policy.flows_size()))
      fault("no such flow line", place + ".flow_line_plus1");
    rule.flow_line = static_cast<int32_t>(s.flow_line_plus1()) - 1;
    for (const uint32_t pattern : s.patterns()) {
      if (pattern >= static_cast<uint32_t>(sources_.policy.patterns_size())) {
        fault("no pattern " + std::to_string(pattern), place + ".patterns");
        break;
      }
      rule.pattern_ids.push_back(pattern);
    }
    anomalies(s, rule, place);
    rule.from_variable = variable(s.from_var_plus1(), place + ".from_var_plus1");
    rule.to_variable = variable(s.to_var_plus1(), place + ".to_var_plus1");
    for (const std::string& is : s.is()) {
      rule.needs_unmodelled |= is == "unmodelled";
      rule.needs_established |= is == "established";
      rule.needs_denied |= is == "denied";
      if (is != "unmodelled" && is != "established" && is != "denied") {
        fault("condition '" + std::string(utf8_start(is, 32)) + "' is not known", place + ".is");
        break;
      }
    }
    // Streams are read where somebody looks into them.
    const bool of_streams = rule.anomalies.meets(kStreamAnomalies);
    if (rule.verb == StepVerb::kContent || of_streams) tables_.scan_selectors.push_back(rule.ends);
  }

  void anomalies(const v1::Step& s, PathStepRule& rule, const std::string& place) {
    for (const std::string& name : s.anomalies()) {
      const std::optional<AnomalySet> known = anomalies_named(name);
      if (!known)
        return fault("anomaly '" + std::string(utf8_start(name, 32)) + "' is not known", place + ".anomalies");
      rule.anomalies.add(*known);
    }
    if (rule.verb != StepVerb::kAnomaly && !rule.anomalies.empty())
      fault("anomalies of a step that is none", place + ".anomalies");
    if (rule.verb == StepVerb::kAnomaly && rule.anomalies.empty())
      fault("an anomaly step that names none", place + ".anomalies");
  }

  int8_t variable(uint32_t plus1, const std::string& place) {
    if (plus1 > out_.variables.size()) {
      fault("no such variable", place);
      return -1;
    }
    return static_cast<int8_t>(static_cast<int>(plus1) - 1);
  }

  const PathSources& sources_;
  JudgeTables& tables_;
  std::vector<Error>& faults_;
  std::string where_;
  std::string shape_;
  PathRule out_;
};

}  // namespace

PathProgram build_paths(const PathSources& sources, JudgeTables& tables, std::vector<Error>& faults) {
  PathProgram out;
  for (int i = 0; i < sources.policy.paths_size(); ++i) {
    if (!sources.policy.paths(i).enforced()) continue;
    out.paths.push_back(
        PathBuilder(sources, tables, faults, "paths[" + std::to_string(i) + "]").build(sources.policy.paths(i)));
  }
  return out;
}

}  // namespace glacis

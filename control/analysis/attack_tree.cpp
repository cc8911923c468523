#include <algorithm>
#include <utility>

#include "control/analysis/graph.h"
#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

using Kind = PathElement::Kind;

std::string join_text(Kind kind) {
  if (kind == Kind::kAny) return "any of";
  return kind == Kind::kAll ? "all of, in any order" : "in this order";
}

// At blanks, into lines of so many bytes where there are blanks.
void add_wrapped(const std::string& text, std::vector<std::string>& lines) {
  constexpr size_t kMostBytes = 36;
  std::string line;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && line.size() + 1 + word.size() > kMostBytes) lines.push_back(std::exchange(line, ""));
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  if (!line.empty()) lines.push_back(line);
}

class AttackTree {
 public:
  AttackTree(const CaseCoverage& coverage, const Places& places) : coverage_(coverage), places_(places) {
    out_.id = coverage.abuse->id;
    out_.title = coverage.abuse->id + ": " + coverage.abuse->says;
  }

  Graph run() {
    const AbuseElement& abuse = *coverage_.abuse;
    Graph::Node goal{.id = graph_id('c', abuse.id), .lines = {abuse.id}, .shape = Graph::Shape::kJoin};
    add_wrapped(abuse.says, goal.lines);
    if (!abuse.goal.empty()) add_wrapped("goal: " + abuse.goal, goal.lines);
    if (abuse.path) {
      add_group(*abuse.path, std::move(goal), 0, "/");
    } else {
      goal.sight = coverage_.sight;
      goal.lines.emplace_back("no path");
      add(std::move(goal), 0);
    }
    return std::move(out_);
  }

 private:
  // A box is as high as its first leaf, so no two share a place.
  size_t add(Graph::Node node, size_t column) {
    node.column = column;
    node.row = row_;
    if (node.sight) node.lines.emplace_back(sight_name(*node.sight));
    out_.nodes.push_back(std::move(node));
    return out_.nodes.size() - 1;
  }

  size_t add_group(const PathElement& group, Graph::Node node, size_t column, const std::string& place) {
    node.lines.push_back(join_text(group.kind) +
                         (group.within_ns == 0 ? "" : ", within " + span_text(group.within_ns)));
    add_unless(group.unless, node);
    node.sight = sight_of(group, coverage_, places_);
    const size_t self = add(std::move(node), column);
    for (size_t i = 0; i < group.nodes.size(); ++i) {
      if (i != 0) ++row_;
      const PathElement& inner = group.nodes[i];
      const size_t child = add_inner(inner, column + 1, place + std::to_string(i + 1));
      out_.edges.push_back({self, child, edge_label(group, inner, i), Graph::Mark::kPlain});
    }
    return self;
  }

  size_t add_inner(const PathElement& node, size_t column, const std::string& place) {
    if (node.kind == Kind::kStep) return add_step(node.step, column);
    Graph::Node out{.id = graph_id('g', coverage_.abuse->id + (node.id.empty() ? place : "." + node.id)),
                    .shape = Graph::Shape::kJoin};
    if (!node.id.empty()) out.lines.push_back(node.id);
    return add_group(node, std::move(out), column, place + "/");
  }

  size_t add_step(const StepElement& step, size_t column) {
    Graph::Node node{.id = graph_id('s', coverage_.abuse->id + "." + step.id), .lines = {step.id}};
    add_wrapped(text_of(step), node.lines);
    add_unless(step.unless, node);
    node.sight = coverage_.step(step).sight;
    return add(std::move(node), column);
  }

  static void add_unless(const std::vector<StepElement>& unless, Graph::Node& node) {
    if (!unless.empty()) add_wrapped("unless " + unless[0].source, node.lines);
  }

  static std::string edge_label(const PathElement& group, const PathElement& inner, size_t position) {
    std::string out = group.kind == Kind::kThen ? std::to_string(position + 1) : "";
    if (inner.optional) out += out.empty() ? "optional" : ", optional";
    const int64_t gap_ns = inner.kind == Kind::kStep ? inner.step.gap_ns : inner.gap_ns;
    if (gap_ns != 0) out += (out.empty() ? "" : ", ") + ("within " + span_text(gap_ns)) + " of the step before";
    return out;
  }

  const CaseCoverage& coverage_;
  const Places& places_;
  Graph out_;
  size_t row_ = 0;
};

}  // namespace

Graph attack_tree(const CaseCoverage& coverage, const Places& places) { return AttackTree(coverage, places).run(); }

}  // namespace glacis::control

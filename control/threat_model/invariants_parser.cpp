#include <array>

#include "control/threat_model/element_reader.h"
#include "control/threat_model/invariants.h"
#include "control/threat_model/names.h"
#include "control/threat_model/parse.h"
#include "control/threat_model/value.h"
#include "control/threat_model/yaml_tree.h"

namespace glacis::control {
namespace {

constexpr std::array<std::string_view, 4> kSubjects = {"crossing", "asset", "identity", "case"};

class InvariantsParser {
 public:
  InvariantsParser(InvariantFile& file, std::vector<Diagnostic>& diagnostics)
      : file_(file), diagnostics_(diagnostics), names_(diagnostics) {}

  void run(const YamlTree& top) {
    const ElementReader r(top, "invariant file", {top.at.file, 1, 1}, diagnostics_);
    if (const YamlTree* all = r.find("invariants")) invariants(*all);
    if (const YamlTree* all = r.find("exemptions")) {
      for (const YamlTree& one : all->items) exemption(one);
    }
    names_.check();
  }

 private:
  void invariants(const YamlTree& all) {
    if (all.kind != YamlTree::Kind::kMap && all.kind != YamlTree::Kind::kNull)
      diagnostics_.push_back({"bad-element", "'invariants' must be names and their keys", "", all.at});
    for (const auto& [key, value] : all.entries) {
      names_.declare(key.text, kInvariantName, key.at);
      invariant(ElementReader(value, "invariants", key.at, diagnostics_), key.text);
    }
  }

  void invariant(const ElementReader& r, const std::string& id) {
    InvariantElement& out = file_.invariants.emplace_back();
    out.id = id;
    out.at = r.at();
    out.says = r.sentence("says");
    out.owner = r.text("owner");
    if (const auto severity = r.choice_as<v1::Severity>("severity")) out.severity = severity;
    if (const YamlTree* tree = r.find("deny")) deny(ElementReader(*tree, "deny", tree->at, diagnostics_), out);
  }

  void deny(const ElementReader& r, InvariantElement& out) {
    size_t given = 0;
    for (size_t i = 0; i < kSubjects.size(); ++i) {
      const YamlTree* query = r.find(kSubjects[i]);
      if (query == nullptr) continue;
      ++given;
      out.subject = static_cast<Subject>(i);
      fields(ElementReader(*query, query_element(out.subject), query->at, diagnostics_), out);
    }
    if (given != 1)
      r.error("bad-deny", "an invariant denies one kind of thing", "one of crossing, asset, identity and case", r.at());
  }

  void fields(const ElementReader& r, InvariantElement& out) {
    for (const auto& [key, value] : r.tree().entries) {
      if (key_of(r.keys(), key.text) == nullptr) continue;
      out.fields.push_back({key.text, r.list(key.text)});
      if (out.fields.back().wanted.empty()) r.error("bad-value", "'" + key.text + "' is empty", "", value.at);
      if (key.text == "port") ports(r);
    }
    if (r.tree().kind == YamlTree::Kind::kMap && r.tree().entries.empty())
      r.error("matches-all", "this would deny every one", "fields, all of which fit what is denied", r.at());
  }

  static void ports(const ElementReader& r) {
    for (const Word& word : r.words("port")) {
      if (!port_spans(word.text))
        r.error("bad-port", "'" + word.text + "' is not a port or range", "443, or 5985-5986", word.at);
    }
  }

  void exemption(const YamlTree& tree) {
    const ElementReader r(tree, "exemptions", tree.at, diagnostics_);
    ExemptionElement out;
    out.id = r.text("of");
    out.at = r.at();
    out.model = r.text("model");
    out.elements = r.list("at");
    out.by = r.text("by");
    out.why = r.sentence("why");
    out.until_s = r.date("until");
    if (!out.id.empty()) names_.refer({out.id, r.at("of")}, kInvariantName);
    file_.exemptions.push_back(std::move(out));
  }

  InvariantFile& file_;
  std::vector<Diagnostic>& diagnostics_;
  NameTable names_;
};

}  // namespace

std::string_view query_element(Subject subject) {
  constexpr std::array<std::string_view, kSubjects.size()> kElements = {"deny.crossing", "deny.asset", "deny.identity",
                                                                        "deny.case"};
  return kElements[static_cast<size_t>(subject)];
}

InvariantsResult parse_invariants(const SourceFile& file) {
  InvariantsResult out;
  InvariantFile parsed;
  parsed.name = file.name;
  const YamlTree tree = read_yaml(file, out.diagnostics);
  if (!has_errors(out.diagnostics)) InvariantsParser(parsed, out.diagnostics).run(tree);
  tidy(out.diagnostics);
  if (!has_errors(out.diagnostics)) out.file = std::move(parsed);
  return out;
}

}  // namespace glacis::control

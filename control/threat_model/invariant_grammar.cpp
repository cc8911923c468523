#include <iterator>

#include "control/threat_model/grammar.h"

namespace glacis::control {
namespace {

using key::inner;
using key::plain;
using key::reference;
using key::text;
using key::word;

constexpr Key section(std::string_view name, NameKind declares, std::string_view says) {
  return {.name = name, .says = says, .shape = Shape::kSection, .declares = declares, .element = name};
}

// Fields of queries: of a list one fits.
constexpr Key flag(std::string_view name, std::string_view says) { return plain(name, Shape::kFlag, says); }
constexpr Key name(std::string_view name, std::string_view says) { return text(name, says).list(); }
constexpr Key compared(std::string_view name, uint32_t most, std::string_view says) {
  return Key{.name = name, .says = says, .shape = Shape::kComparison, .least = 0, .most = most}.list();
}
constexpr Key choice(std::string_view name, Vocabulary vocabulary, std::string_view says) {
  return Key{.name = name, .says = says, .shape = Shape::kWordOrNone, .vocabulary = vocabulary}.list();
}

constexpr uint32_t kMostCounted = 1'000'000;

constexpr Key kFile[] = {plain("glacis", Shape::kVersion, "version of the language: 1"),
                         section("invariants", kInvariantName, "what must hold of every model"),
                         Key{.name = "exemptions",
                             .says = "where an invariant need not hold, for a time",
                             .shape = Shape::kElements,
                             .element = "exemptions"}};

constexpr Key kInvariant[] = {text("says", "in a plain sentence").must("what must hold, in a plain sentence"),
                              inner("deny", "deny", "what must not be in a model").must("deny: {crossing: {...}}"),
                              word("severity", Vocabulary::kSeverity, "how bad a violation is; medium if not said"),
                              text("owner", "who is asked for exemptions").must("who answers for it")};

constexpr Key kDeny[] = {inner("crossing", "deny.crossing", "a line between two zones, each pair by itself"),
                         inner("asset", "deny.asset", "an asset"), inner("identity", "deny.identity", "an identity"),
                         inner("case", "deny.case", "an abuse case")};

constexpr Key kCrossing[] = {
    name("from.zone", "the zone in which it starts"),
    name("to.zone", "the zone that it reaches"),
    compared("from.trust", 100, "trust of that zone"),
    compared("to.trust", 100, "trust of that zone"),
    name("from.env", "environment of that zone"),
    name("to.env", "environment of that zone"),
    flag("from.any", "that zone is the rest of the world"),
    flag("to.any", "that zone is the rest of the world"),
    flag("rises", "it leads to more trust"),
    compared("to.sensitivity", 5, "the worst loss of data on what it reaches there; 0: none"),
    compared("carries.sensitivity", 5, "the worst loss of data that the line may carry; 0: none"),
    name("carries.class", "classes of that data: pci, pii, ..."),
    flag("boundary", "a boundary is declared for the ordered pair"),
    compared("control", 5, "strength of the strongest active control that its boundary needs; 0: none"),
    name("identity", "identities that the line asks for, or that may use it"),
    choice("identity.kind", Vocabulary::kIdentityKind, "what these are"),
    choice("class", Vocabulary::kFlowClass, "class of the line"),
    name("app", "applications of the line"),
    plain("port", Shape::kPort, "a port or range that the line has; a line without ports has every one").list(),
    flag("clear", "the line can be read: clear: true, or an application without encryption"),
    flag("encrypted", "the line cannot be read: clear: false, or applications or ports that are encrypted"),
    flag("limit", "the line has a limit"),
    flag("tapped", "a tap sees flows of the ordered pair")};

constexpr Key kAsset[] = {
    choice("kind", Vocabulary::kAssetKind, "what it is"),
    name("zone", "where it stands"),
    compared("zone.trust", 100, "trust of its zone"),
    name("zone.env", "environment of its zone"),
    compared("sensitivity", 5, "the worst loss of data that it holds; 0: none"),
    name("data.class", "classes of that data: pci, pii, ..."),
    compared("value", 5, "what it is worth; 0: not said"),
    flag("exposed", "reachable from outside"),
    flag("bound", "it has an address or a name"),
    flag("tapped", "its zone has a tap"),
    name("owner", "who answers for it"),
};

constexpr Key kIdentity[] = {
    choice("kind", Vocabulary::kIdentityKind, "what it is"),
    name("env", "the environment that it belongs to"),
    compared("envs", kMostCounted, "environments of the zones at the ends of its lines, each once"),
    compared("lines", kMostCounted, "lines that it may use, or that ask for it"),
    compared("scopes", kMostCounted, "how many scopes it has"),
    compared("becomes", kMostCounted, "identities that it can take by itself"),
    name("lives_in", "where it may come from"),
    compared("lives_in.trust", 100, "the least trust of a zone that it may come from; without lives_in: of any zone"),
    flag("seen", "a protocol that a tap reads shows it"),
    name("owner", "who answers for it")};

constexpr Key kCase[] = {compared("risk", 25, "likelihood times impact; 0: not said"),
                         choice("severity", Vocabulary::kSeverity, "of the case"),
                         choice("stride", Vocabulary::kStride, "what kind of threat it is"),
                         choice("sight", Vocabulary::kSight, "how much is seen of it (glacis coverage)"),
                         flag("path", "it says what would be seen"),
                         flag("decided", "a finding is about it"),
                         compared("controls", kMostCounted, "active controls that cover it"),
                         compared("control", 5, "strength of the strongest of them; 0: none"),
                         name("owner", "who answers for it")};

constexpr Key kExemption[] = {
    reference("of", kInvariantName, "the invariant").must("the invariant that need not hold"),
    text("model", "the model's id").must("the id of the model"),
    text("at", "elements at which it need not hold: flows, boundaries, assets, identities, cases; drift")
        .list()
        .must("the element that does not hold it"),
    text("by", "who takes the risk").must("who takes the risk"),
    text("why", "the reason").must("the reason"),
    plain("until", Shape::kDate, "its last day").must("the day on which it ends")};

constexpr ElementGrammar kElements[] = {
    {"invariant file", "what must hold of every model", kFile},
    {"invariants", "a query that must find nothing in any model", kInvariant},
    {"deny", "what is looked for: one of these", kDeny},
    {"deny.crossing", "a flows line from one zone to another, or what a boundary or drift allows without one",
     kCrossing},
    {"deny.asset", "an asset", kAsset},
    {"deny.identity", "an identity", kIdentity},
    {"deny.case", "an abuse case", kCase},
    {"exemptions", "one or more elements of one model that need not hold an invariant", kExemption},
};

}  // namespace

std::span<const ElementGrammar> invariant_grammar() { return kElements; }

}  // namespace glacis::control

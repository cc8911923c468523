#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "control/threat_model/model.h"

namespace glacis::control {

// What must hold of every model, and where it need not: a file of the organisation, of its own kind.

enum class Subject : uint8_t { kCrossing, kAsset, kIdentity, kCase };

// A field of a query and the values of which one must fit, as written and found good by the grammar of "deny.SUBJECT".
struct QueryField {
  std::string name;
  std::vector<std::string> wanted;
};

struct InvariantElement : Element {
  std::string says, owner;
  v1::Severity severity = v1::SEVERITY_MEDIUM;
  Subject subject = Subject::kCrossing;
  std::vector<QueryField> fields;  // all of them fit what is denied
};

// Its id is the invariant's.
struct ExemptionElement : Element {
  std::string model, by, why;
  std::vector<std::string> elements;  // of the model, by id
  int64_t until_s = 0;                // its last second
};

struct InvariantFile {
  std::string name;
  std::vector<InvariantElement> invariants;
  std::vector<ExemptionElement> exemptions;
};

struct InvariantsResult {
  std::optional<InvariantFile> file;    // present when nothing is an error
  std::vector<Diagnostic> diagnostics;  // all of them, in file order
};

// Everything in the file is hostile. Any thread.
[[nodiscard]] InvariantsResult parse_invariants(const SourceFile& file);

// "deny.crossing": the element of the grammar that has a subject's fields.
[[nodiscard]] std::string_view query_element(Subject subject);

}  // namespace glacis::control

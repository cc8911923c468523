#pragma once

#include <string>
#include <vector>

#include "control/threat_model/diagnostic.h"
#include "dataplane/base/error.h"

namespace glacis::control {

// What a push sends: the model first, then what it includes.
struct PushFiles {
  std::vector<SourceFile> files;
  std::string digest;  // SHA-256 of all their bytes in this order
};

// paths[0] is the model; what it includes is read from its folder, as `check` does. The other paths
// are includes that lie elsewhere and go under their base names. Faults: a file that cannot be
// read, two files of one name, an include in a subfolder (a push knows base names only).
[[nodiscard]] ExpectedAll<PushFiles> read_push_files(const std::vector<std::string>& paths);

// The faults that the control plane found and those that a check here finds beside them: its reply
// holds the first few thousand bytes of them.
[[nodiscard]] std::vector<Diagnostic> with_local_faults(std::vector<Diagnostic> received,
                                                        const std::vector<SourceFile>& files);

}  // namespace glacis::control

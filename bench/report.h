#pragma once

#include <string>
#include <vector>

#include "bench/machine.h"
#include "bench/measure.h"
#include "dataplane/base/error.h"

namespace glacis::bench {

void print_heading(const Machine& machine, const MeasureOptions& options);
void print_line(const Result& result);
// One object: machine and results. Fails when the file cannot be written.
[[nodiscard]] Expected<void> write_json(const std::string& path, const Machine& machine, const MeasureOptions& options,
                                        const std::vector<Result>& results);

}  // namespace glacis::bench

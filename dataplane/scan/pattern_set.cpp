#include "dataplane/scan/pattern_set.h"

#include <hs/hs.h>

#include <cstdlib>
#include <utility>

#include "dataplane/scan/pattern_cost.h"

namespace glacis {
namespace {

// SINGLEMATCH only where neither a check nor a later, better match can matter: with it, a number that
// fails its check would hide the good one after it, and a path would hear of a pattern once per flow.
unsigned flags_of(const PatternSpec& pattern) {
  const bool once = pattern.check == PatternCheck::kNone && pattern.telling == PatternTelling::kOnce;
  return once ? HS_FLAG_SINGLEMATCH : 0u;
}

std::string place_of(size_t i) { return "patterns[" + std::to_string(i) + "]"; }

// What Hyperscan must not be asked to compile: it would take too long, or take it for something else.
std::vector<Error> costs_of(const std::vector<PatternSpec>& patterns) {
  std::vector<Error> out;
  size_t copies_of_all = 0;
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (auto fault = pattern_fault(patterns[i].expression)) {
      out.push_back({std::move(fault->what), place_of(i), std::move(fault->hint)});
      continue;
    }
    copies_of_all += pattern_copies(patterns[i].expression);
  }
  if (copies_of_all > kMaxCopiesOfAll) {
    out.push_back({"counted repeats of all patterns together unroll into " + std::to_string(copies_of_all) + " copies",
                   "patterns", "at most " + std::to_string(kMaxCopiesOfAll)});
  }
  return out;
}

// Asks Hyperscan about each pattern alone, so that every bad one is named.
std::vector<Error> faults_of(const std::vector<PatternSpec>& patterns) {
  std::vector<Error> out = costs_of(patterns);
  if (!out.empty()) return out;
  for (size_t i = 0; i < patterns.size(); ++i) {
    hs_expr_info_t* info = nullptr;
    hs_compile_error_t* error = nullptr;
    const hs_error_t rc = hs_expression_info(patterns[i].expression.c_str(), flags_of(patterns[i]), &info, &error);
    if (rc != HS_SUCCESS) {
      out.push_back(
          {"pattern does not compile: " + std::string(error != nullptr ? error->message : "unknown"), place_of(i), ""});
      hs_free_compile_error(error);
      continue;
    }
    if (info->min_width == 0)
      out.push_back({"pattern matches the empty string", place_of(i), "ask for at least one byte"});
    std::free(info);
  }
  return out;
}

}  // namespace

ExpectedAll<std::shared_ptr<const PatternSet>> PatternSet::compile(std::vector<PatternSpec> patterns,
                                                                   BareStreams bare) {
  std::shared_ptr<PatternSet> set(new PatternSet());
  set->bare_ = bare;
  if (patterns.empty()) return set;
  if (auto faults = faults_of(patterns); !faults.empty()) return std::unexpected(std::move(faults));
  std::vector<const char*> expressions;
  std::vector<unsigned> flags, ids;
  for (const PatternSpec& pattern : patterns) {
    expressions.push_back(pattern.expression.c_str());
    flags.push_back(flags_of(pattern));
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(expressions.data(), flags.data(), ids.data(), static_cast<unsigned>(ids.size()), HS_MODE_STREAM,
                       nullptr, &set->database_, &error) != HS_SUCCESS) {
    const size_t at = error != nullptr && error->expression >= 0 ? static_cast<size_t>(error->expression) : 0;
    Error fault{std::string("patterns do not compile: ") + (error != nullptr ? error->message : "unknown"),
                place_of(at), ""};
    hs_free_compile_error(error);
    return std::unexpected(std::vector{std::move(fault)});
  }
  if (hs_stream_size(set->database_, &set->stream_bytes_) != HS_SUCCESS) set->stream_bytes_ = 0;
  set->patterns_ = std::move(patterns);
  return set;
}

PatternSet::~PatternSet() { hs_free_database(database_); }

}  // namespace glacis

#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/zone/ends_index.h"
#include "dataplane/zone/judge_tables.h"
#include "dataplane/zone/pair_index.h"
#include "dataplane/zone/verdict.h"
#include "dataplane/zone/zone_table.h"

namespace glacis {

// The verdict function: never, flows, flat, boundary default, drift ("Exactly" 5, 8, 10 of the model
// language). Thread: any; no allocation; no DPDK. Zone and place ids asked about
// must come from the table it was built with. Cannot fail: one built of nothing allows everything.
class Judge {
 public:
  Judge() = default;
  Judge(JudgeTables tables, const ZoneTable& zones);  // indexes rules by zone pair

  [[nodiscard]] Verdict judge(const Question& q, const ZoneTable& zones) const;
  // Both readings of a flow whose direction nothing proves: the one that a flow line covers, else the one that breaks
  // nothing, else the guess. The guess is judged first: when a line covers it, lines are all the other is asked for.
  [[nodiscard]] EitherWay judge_either(const Question& guessed, const Question& reversed, const ZoneTable& zones) const;
  // The plain twin: walks every rule. The same answer, always (a differential test says so).
  [[nodiscard]] Verdict judge_plainly(const Question& q, const ZoneTable& zones) const;
  // Rules that data class `data` breaks on this flow; none when the flow carries it.
  [[nodiscard]] Verdict judge_data(const Question& q, uint32_t data, const ZoneTable& zones) const;
  // Whether some flow line covers it: judge(q).line, for less.
  [[nodiscard]] bool has_line(const Question& q, const ZoneTable& zones) const;
  // Whether flow line `line` matches, hours and until included.
  [[nodiscard]] bool line_matches(uint32_t line, const Question& q) const;
  [[nodiscard]] const JudgeTables& tables() const { return tables_; }

 private:
  [[nodiscard]] bool empty() const { return tables_.flat.empty(); }
  [[nodiscard]] bool selects(size_t selector, const Question& q) const;

  JudgeTables tables_;
  PairIndex lines_, nevers_;  // of the nevers those that ask for ends alone
  EndsIndex selectors_;
  std::vector<PortGlance> selector_ports_;
};

}  // namespace glacis

#pragma once

#include <string>
#include <vector>

#include "bench/machine.h"
#include "bench/measure.h"
#include "dataplane/base/error.h"

namespace glacis::bench {

// Of the time spent off the CPU: beyond it a line is marked.
inline constexpr double kDisturbed = 0.01;

// What is no time per packet.
struct Figure {
  std::string part, name;
  double value = 0;
  std::string unit;
  double off_cpu = 0;  // share of the time in which the thread it is about did not run
};

// The table on stdout, line by line as it comes, and the same as JSON at the end. Thread: one.
class Report {
 public:
  // `policy`: the size of the one that the lines with a pipeline have.
  Report(Machine machine, std::string policy, MeasureOptions options);

  void heading() const;
  // What is being made or measured now: shown on a terminal only, until the next line comes.
  void progress(const std::string& what) const;
  void add(const Result& result);
  void figure(const Figure& figure);
  // A line that this machine cannot have, and why.
  void skip(const std::string& name, const std::string& why);
  void footing() const;
  // One object: machine, method, results, what was skipped. Fails when the file cannot be written.
  [[nodiscard]] Expected<void> write_json(const std::string& path) const;
  [[nodiscard]] double tsc_hz() const { return machine_.tsc_hz; }
  [[nodiscard]] const std::vector<Result>& results() const { return results_; }
  [[nodiscard]] const std::vector<Figure>& figures() const { return figures_; }
  // The lines that allocated, lost something or saw no packet: a bench that does measures something
  // else.
  [[nodiscard]] std::vector<std::string> faults() const;

 private:
  struct Skipped {
    std::string name, why;
  };
  void clear_progress() const;
  Machine machine_;
  std::string policy_;
  MeasureOptions options_;
  bool terminal_;
  std::vector<Result> results_;
  std::vector<Figure> figures_;
  std::vector<Skipped> skipped_;
};

}  // namespace glacis::bench

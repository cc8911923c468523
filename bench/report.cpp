#include "bench/report.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

namespace glacis::bench {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

std::string number(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string json_number(double value) { return number("%.6g", value); }

// "10 k", "1 M"; whole thousands are shortened, nothing is rounded away below that.
std::string count(uint64_t n) {
  if (n == 0) return "";
  if (n >= 1'000'000) return number("%.4g M", static_cast<double>(n) / 1e6);
  if (n >= 10'000) return number("%.3g k", static_cast<double>(n) / 1e3);
  return std::to_string(n);
}

std::string object(const Result& r, double tsc_hz) {
  std::string runs;
  for (const double ns : r.runs_ns) runs += (runs.empty() ? "" : ",") + json_number(ns);
  return "{\"part\":" + quoted(r.subject.part) + ",\"mix\":" + quoted(r.subject.block) +
         ",\"ours\":" + (r.subject.whose == Whose::kOurs ? "true" : "false") + ",\"name\":" + quoted(r.subject.name) +
         ",\"flows\":" + std::to_string(r.subject.flows) + ",\"burst\":" + std::to_string(r.subject.burst) +
         ",\"packets\":" + std::to_string(r.packets) + ",\"ns_per_packet\":{\"median\":" + json_number(r.ns) +
         ",\"least\":" + json_number(r.ns_least) + ",\"most\":" + json_number(r.ns_most) +
         ",\"spread\":" + json_number((r.ns_most - r.ns_least) / r.ns) + ",\"runs\":[" + runs + "]}" +
         ",\"cycles_per_packet\":" + json_number(r.ns * tsc_hz / 1e9) +
         ",\"allocations_per_packet\":" + json_number(r.allocations) + ",\"drops\":" + std::to_string(r.drops) +
         ",\"off_cpu\":" + json_number(r.off_cpu) +
         ",\"times_first\":" + (r.times_first == 0 ? "null" : json_number(r.times_first)) + "}";
}

}  // namespace

Report::Report(Machine machine, std::string policy, MeasureOptions options)
    : machine_(std::move(machine)),
      policy_(std::move(policy)),
      options_(options),
      terminal_(::isatty(STDERR_FILENO) != 0) {}

void Report::heading() const {
  std::printf("glacis-bench, %s\n", machine_.date.c_str());
  std::printf("machine  %s, %u CPUs, TSC %.3f GHz, %s, transparent huge pages: %s\n", machine_.cpu.c_str(),
              machine_.cpus, machine_.tsc_hz / 1e9, machine_.kernel.c_str(), machine_.huge_pages.c_str());
  std::printf("build    %s\n", machine_.flags.c_str());
  std::printf("policy   %s\n", policy_.c_str());
  std::printf(
      "method   CPU time of one thread; median of %d runs of %.0f ms, least and most beside it; "
      "cycles: that\n",
      options_.runs, static_cast<double>(options_.run_ns) / 1e6);
  std::printf(
      "         time in TSC ticks; x: beside the first line of its comparison; compare lines of "
      "one run only\n");
}

void Report::progress(const std::string& what) const {
  if (!terminal_) return;
  clear_progress();
  std::fprintf(stderr, "  ... %.100s", what.c_str());
  std::fflush(stderr);
}

void Report::clear_progress() const {
  if (terminal_) std::fputs("\r\033[K", stderr);
}

void Report::add(const Result& r) {
  clear_progress();
  const Subject& s = r.subject;
  if (options_.count != 0) {
    std::printf("counted\t%s\t%s\t%s\t%lu\t%u\t%lu\n", s.part.c_str(), s.block.c_str(), s.name.c_str(), s.flows,
                s.burst, r.packets);
    return;
  }
  const bool new_part = results_.empty() || results_.back().subject.part != s.part;
  if (new_part) {
    std::printf("\n%-40s %7s %5s %8s %15s %6s %6s %5s %6s %5s\n", s.part.c_str(), "flows", "burst", "ns/pkt",
                "least - most", "cycles", "Mpkt/s", "x", "allocs", "drops");
  }
  if (new_part || results_.back().subject.block != s.block) std::printf("  [%s]\n", s.block.c_str());
  std::printf("  %-38s %7s %5s %8.1f %15s %6.0f %6.2f %5s %6.2g %5lu%s\n", s.name.c_str(), count(s.flows).c_str(),
              s.burst == 0 ? "" : std::to_string(s.burst).c_str(), r.ns,
              (number("%.1f", r.ns_least) + " - " + number("%.1f", r.ns_most)).c_str(), r.ns * machine_.tsc_hz / 1e9,
              1e3 / r.ns, r.times_first == 0 ? "" : number("%.2f", r.times_first).c_str(), r.allocations, r.drops,
              r.off_cpu > kDisturbed ? " *" : "");
  std::fflush(stdout);
  results_.push_back(r);
}

void Report::figure(const Figure& figure) {
  clear_progress();
  if (figures_.empty() || figures_.back().part != figure.part) std::printf("\n%s\n", figure.part.c_str());
  std::printf("  %-60s %12.3f %s%s\n", figure.name.c_str(), figure.value, figure.unit.c_str(),
              figure.off_cpu > kDisturbed ? " *" : "");
  std::fflush(stdout);
  figures_.push_back(figure);
}

void Report::skip(const std::string& name, const std::string& why) {
  clear_progress();
  std::printf("  %-33s skipped: %s\n", name.c_str(), why.c_str());
  std::fflush(stdout);
  skipped_.push_back({name, why});
}

void Report::footing() const {
  if (options_.count != 0) return;
  const auto of = [](const auto& lines) {
    return std::ranges::count_if(lines, [](const auto& line) { return line.off_cpu > kDisturbed; });
  };
  const auto disturbed = of(results_) + of(figures_);
  if (disturbed != 0) {
    std::printf(
        "\n* %ld of %zu lines spent over 1 %% of their time off the CPU: something else ran; "
        "measure on a quiet machine\n",
        static_cast<long>(disturbed), results_.size() + figures_.size());
  }
}

std::vector<std::string> Report::faults() const {
  std::vector<std::string> out;
  for (const Result& r : results_) {
    const std::string line = r.subject.part + ", " + r.subject.name + ", " + count(r.subject.flows) + " flows: ";
    if (r.packets == 0) out.push_back(line + "no packet was worked on");
    if (r.allocations != 0 && r.subject.whose == Whose::kOurs)
      out.push_back(line + json_number(r.allocations) + " allocations a packet, 0 expected");
    if (r.drops != 0) out.push_back(line + std::to_string(r.drops) + " drops, 0 expected");
  }
  return out;
}

Expected<void> Report::write_json(const std::string& path) const {
  std::ofstream out(path);
  out << "{\"machine\":{\"cpu\":" << quoted(machine_.cpu) << ",\"cpus\":" << machine_.cpus
      << ",\"kernel\":" << quoted(machine_.kernel) << ",\"huge_pages\":" << quoted(machine_.huge_pages)
      << ",\"flags\":" << quoted(machine_.flags) << ",\"tsc_hz\":" << number("%.0f", machine_.tsc_hz)
      << "},\n\"date\":" << quoted(machine_.date) << ",\"policy\":" << quoted(policy_) << ",\"runs\":" << options_.runs
      << ",\"run_ns\":" << options_.run_ns << ",\n\"results\":[\n";
  for (size_t i = 0; i < results_.size(); ++i) out << (i == 0 ? "" : ",\n") << object(results_[i], machine_.tsc_hz);
  out << "\n],\n\"figures\":[";
  for (size_t i = 0; i < figures_.size(); ++i) {
    const Figure& f = figures_[i];
    out << (i == 0 ? "\n" : ",\n") << "{\"part\":" << quoted(f.part) << ",\"name\":" << quoted(f.name)
        << ",\"value\":" << number("%.6g", f.value) << ",\"unit\":" << quoted(f.unit)
        << ",\"off_cpu\":" << json_number(f.off_cpu) << "}";
  }
  out << "\n],\n\"skipped\":[";
  for (size_t i = 0; i < skipped_.size(); ++i) {
    out << (i == 0 ? "" : ",") << "{\"name\":" << quoted(skipped_[i].name) << ",\"why\":" << quoted(skipped_[i].why)
        << "}";
  }
  out << "]}\n";
  out.close();
  if (!out) return fail(std::string("cannot write the results: ") + std::strerror(errno), path);
  return {};
}

}  // namespace glacis::bench

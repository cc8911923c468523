#include "bench/report.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

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

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string object(const Result& r) {
  return "{\"name\":" + quoted(r.subject.name) + ",\"mix\":" + quoted(r.subject.mix) + ",\"flows\":" + std::to_string(r.subject.flows) +
         ",\"burst\":" + std::to_string(r.subject.burst) + ",\"policy\":" + quoted(r.subject.policy) +
         ",\"packets\":" + std::to_string(r.packets) + ",\"ns_per_packet\":{\"median\":" + number(r.ns) + ",\"least\":" + number(r.ns_least) +
         ",\"most\":" + number(r.ns_most) + "},\"cycles_per_packet\":" + number(r.cycles) +
         ",\"allocations_per_packet\":" + number(r.allocations) + ",\"drops\":" + std::to_string(r.drops) + "}";
}

}  // namespace

void print_heading(const Machine& machine, const MeasureOptions& options) {
  std::printf("%s, %u CPUs, TSC %.3f GHz, %s\n%s\n", machine.cpu.c_str(), machine.cpus, machine.tsc_hz / 1e9, machine.kernel.c_str(),
              machine.flags.c_str());
  std::printf("one core; median of %d runs of %.0f ms, least to most beside it; cycles of the TSC\n\n", options.runs,
              static_cast<double>(options.run_ns) / 1e6);
  std::printf("%-34s %9s %17s %9s %7s %7s %9s %6s  %s\n", "", "ns/packet", "spread", "cycles", "allocs", "drops", "flows", "burst", "mix; policy");
}

void print_line(const Result& r) {
  char spread[32];
  std::snprintf(spread, sizeof spread, "%.1f - %.1f", r.ns_least, r.ns_most);
  std::printf("%-34s %9.1f %17s %9.0f %7.2g %7lu %9lu %6u  %s%s%s\n", r.subject.name.c_str(), r.ns, spread, r.cycles, r.allocations, r.drops,
              r.subject.flows, r.subject.burst, r.subject.mix.c_str(), r.subject.policy.empty() ? "" : "; ", r.subject.policy.c_str());
  std::fflush(stdout);
}

Expected<void> write_json(const std::string& path, const Machine& machine, const MeasureOptions& options, const std::vector<Result>& results) {
  std::ofstream out(path);
  out << "{\"machine\":{\"cpu\":" << quoted(machine.cpu) << ",\"cpus\":" << machine.cpus << ",\"kernel\":" << quoted(machine.kernel)
      << ",\"flags\":" << quoted(machine.flags) << ",\"tsc_hz\":" << number(machine.tsc_hz) << "},\n\"runs\":" << options.runs
      << ",\"run_ns\":" << options.run_ns << ",\n\"results\":[\n";
  for (size_t i = 0; i < results.size(); ++i) out << (i == 0 ? "" : ",\n") << object(results[i]);
  out << "\n]}\n";
  out.close();
  if (!out) return fail(std::string("cannot write the results: ") + std::strerror(errno), path);
  return {};
}

}  // namespace glacis::bench

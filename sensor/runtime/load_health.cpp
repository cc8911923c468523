#include "sensor/runtime/load_health.h"

#include <algorithm>

#include "sensor/runtime/utc_text.h"

namespace glacis::sensor {
namespace {

const char* given_up(ShedLevel level) {
  switch (level) {
    case ShedLevel::kElephants:
      return "the search of large flows";
    case ShedLevel::kNewScans:
      return "searches that would begin";
    case ShedLevel::kAllScans:
      return "all searches";
    case ShedLevel::kRecords:
      return "all searches and flow records";
    default:
      return "nothing";
  }
}

}  // namespace

bool LoadHealth::Spell::seen(Nanos now) {
  const bool begins = !on();
  if (begins) since = now;
  last = now;
  return begins;
}

bool LoadHealth::Spell::calm(Nanos now) {
  if (!on() || now - last < kWhile) return false;
  last = Nanos(0);
  return true;
}

std::vector<std::string> LoadHealth::look(const EngineCounters& counters, const EngineLoad& load, Nanos now) {
  std::vector<std::string> out;
  const std::scoped_lock lock(mutex_);
  look_at_load(load, now, out);
  look_at_losses({counters.missed, counters.no_mbuf, counters.ring_full, counters.events_shed}, now, out);
  return out;
}

void LoadHealth::look_at_load(const EngineLoad& load, Nanos now, std::vector<std::string>& out) {
  sheds_now_ = load.shed.level != ShedLevel::kNothing;
  if (!sheds_now_) {
    if (shedding_.calm(now)) out.emplace_back("sheds nothing any more");
    return;
  }
  const bool begins = shedding_.seen(now);
  if (begins) worst_ = {};
  if (load.shed.worse_than(worst_.shed)) worst_ = load;
  if (begins) out.push_back(shedding_text());
}

void LoadHealth::look_at_losses(const Losses& all, Nanos now, std::vector<std::string>& out) {
  const Losses before = seen_;
  seen_ = all;
  if (all.missed + all.no_mbuf + all.ring_full + all.events ==
      before.missed + before.no_mbuf + before.ring_full + before.events) {
    if (losing_.calm(now)) out.emplace_back("loses nothing any more");
    return;
  }
  if (!losing_.seen(now)) return;
  at_begin_ = before;
  out.push_back(losses_text());
}

std::string LoadHealth::shedding_text() const {
  std::string out = sheds_now_ ? "sheds " : "shed ";
  out += given_up(worst_.shed.level);
  out += ": the input of worker " + std::to_string(worst_.worker.value) + (sheds_now_ ? " is" : " was") + " up to " +
         std::to_string(worst_.shed.peak_percent) + " % full; since " + utc_text(shedding_.since);
  if (!sheds_now_) out += ", last at " + utc_text(shedding_.last);
  return out;
}

std::string LoadHealth::losses_text() const {
  std::string parts;
  const auto part = [&](uint64_t now, uint64_t before, const char* what) {
    if (now == before) return;
    parts += (parts.empty() ? "" : ", ") + std::to_string(now - before) + " " + what;
  };
  part(seen_.missed, at_begin_.missed, "packets missed before the sensor");
  part(seen_.no_mbuf, at_begin_.no_mbuf, "packets without an mbuf");
  part(seen_.ring_full, at_begin_.ring_full, "packets to a worker's full ring");
  part(seen_.events, at_begin_.events, "events to a full event ring");
  return "loses " + parts + "; since " + utc_text(losing_.since) + ", last at " + utc_text(losing_.last);
}

std::vector<std::string> LoadHealth::reasons() const {
  std::vector<std::string> out;
  const std::scoped_lock lock(mutex_);
  if (shedding_.on()) out.push_back(shedding_text());
  if (losing_.on()) out.push_back(losses_text());
  return out;
}

}  // namespace glacis::sensor

#include "control/analysis/key_diff.h"

#include <algorithm>

#include "control/threat_model/value.h"

namespace glacis::control {
namespace {

// `wider`: all of before is in after; `narrower`: the other way round.
Width width(bool wider, bool narrower) {
  return wider == narrower ? Width::kBoth : wider ? Width::kWider : Width::kNarrower;
}

Width turned(Width width, KeyDiff::Grows grows) {
  if (grows == KeyDiff::Grows::kNone) return Width::kNone;
  if (grows == KeyDiff::Grows::kWider || width == Width::kBoth) return width;
  return width == Width::kWider ? Width::kNarrower : Width::kWider;
}

bool holds(const std::vector<std::string>& outer, const std::vector<std::string>& inner, KeyDiff::None none) {
  if (none == KeyDiff::None::kAny && (outer.empty() || inner.empty())) return outer.empty();
  return std::ranges::all_of(inner,
                             [&](const std::string& one) { return std::ranges::find(outer, one) != outer.end(); });
}

// Sorted, without overlaps and seams.
std::vector<PortSpan> tidy(std::vector<PortSpan> ports) {
  std::ranges::sort(ports, {}, &PortSpan::first);
  std::vector<PortSpan> out;
  for (const PortSpan& span : ports) {
    if (out.empty() || span.first > out.back().last + 1) {
      out.push_back(span);
    } else {
      out.back().last = std::max(out.back().last, span.last);
    }
  }
  return out;
}

bool holds(const std::vector<AddressPrefix>& outer, const std::vector<AddressPrefix>& inner) {
  return std::ranges::all_of(inner, [&](const AddressPrefix& one) {
    return std::ranges::any_of(outer, [&](const AddressPrefix& around) { return contains(around, one); });
  });
}

std::string text_of(const std::vector<AddressPrefix>& prefixes) {
  std::vector<std::string> out;
  for (const AddressPrefix& prefix : prefixes) out.push_back(prefix.text);
  return joined(out);
}

}  // namespace

void KeyDiff::add(std::string_view key, bool same, Width width, const std::string& before, const std::string& after,
                  None none) {
  ChangedKey out{prefix_ + std::string(key), before, after, width};
  if (sides_ != Sides::kBoth) {
    if (sides_ == Sides::kAfter) out.before.clear();
    if (sides_ == Sides::kBefore) out.after.clear();
    if (out.before.empty() && out.after.empty()) return;
  } else {
    if (same) return;
    for (std::string* side : {&out.before, &out.after}) {
      if (side->empty()) *side = none == None::kAny ? "any" : "none";
    }
  }
  changed_.push_back(std::move(out));
}

void KeyDiff::text(std::string_view key, const std::string& before, const std::string& after) {
  add(key, before == after, Width::kText, before, after);
}

void KeyDiff::value(std::string_view key, std::string_view before, std::string_view after) {
  add(key, before == after, Width::kNone, std::string(before), std::string(after));
}

void KeyDiff::choice(std::string_view key, const std::string& before, const std::string& after, bool wider,
                     bool narrower, None none) {
  add(key, wider && narrower, width(wider, narrower), before, after, none);
}

void KeyDiff::flag(std::string_view key, bool before, bool after, Grows grows) {
  const bool alone = sides_ != Sides::kBoth;  // false is what is not said
  add(key, before == after, turned(width(after, before), grows),
      before  ? "true"
      : alone ? ""
              : "false",
      after   ? "true"
      : alone ? ""
              : "false");
}

void KeyDiff::amount(std::string_view key, const Amount& before, const Amount& after, Grows grows) {
  add(key, before.size == after.size, turned(width(after.size > before.size, after.size < before.size), grows),
      before.written, after.written);
}

void KeyDiff::names(std::string_view key, const std::vector<std::string>& before, const std::vector<std::string>& after,
                    None none, Grows grows) {
  const bool wider = holds(after, before, none), narrower = holds(before, after, none);
  add(key, wider && narrower, turned(width(wider, narrower), grows), joined(before), joined(after), none);
}

void KeyDiff::ends(std::string_view key, const EndNames& before, const EndNames& after) {
  choice(key, joined(before), joined(after), before_.holds(after, before), after_.holds(before, after));
}

void KeyDiff::ports(std::string_view key, const std::vector<PortSpan>& before, const std::vector<PortSpan>& after) {
  const std::vector<PortSpan> a = tidy(before), b = tidy(after);
  choice(key, port_text(a), port_text(b), ports_hold(b, a), ports_hold(a, b));
}

void KeyDiff::prefixes(std::string_view key, const std::vector<AddressPrefix>& before,
                       const std::vector<AddressPrefix>& after) {
  choice(key, text_of(before), text_of(after), holds(after, before), holds(before, after), None::kNothing);
}

Width width_of(const std::vector<ChangedKey>& keys) {
  bool wider = false, narrower = false, none = false;
  for (const ChangedKey& key : keys) {
    wider |= key.width == Width::kWider || key.width == Width::kBoth;
    narrower |= key.width == Width::kNarrower || key.width == Width::kBoth;
    none |= key.width == Width::kNone;
  }
  if (wider || narrower) return width(wider, narrower);
  return none ? Width::kNone : Width::kText;
}

}  // namespace glacis::control

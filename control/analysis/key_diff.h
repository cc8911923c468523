#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/threat_model/places.h"

namespace glacis::control {

// What a changed key makes of its element: traffic, uses or events that it is about.
enum class Width : uint8_t {
  kNone,  // neither more nor less: an owner, a severity
  kWider,
  kNarrower,
  kBoth,  // some more, some less
  kText,  // words for people alone
};

struct ChangedKey {
  std::string key;            // "port", "limit.bytes", "reach.within"
  std::string before, after;  // as in a model; "any" or "none" where it is not said. One is empty where one side is
  Width width = Width::kNone;
};

// Two versions of an element, key by key; what is equal in meaning is not told. Where the element stands on one side
// alone, what that side says. Borrows the places. Thread: one.
class KeyDiff {
 public:
  enum class Sides : uint8_t { kBoth, kBefore, kAfter };
  enum class None : uint8_t { kNothing, kAny };             // what an empty list means
  enum class Grows : uint8_t { kNone, kWider, kNarrower };  // what more of it does to the element

  KeyDiff(const Places& before, const Places& after, Sides sides) : before_(before), after_(after), sides_(sides) {}

  void text(std::string_view key, const std::string& before, const std::string& after);
  void value(std::string_view key, std::string_view before, std::string_view after);
  // `wider`: all that held before holds after; `narrower`: the other way round.
  void choice(std::string_view key, const std::string& before, const std::string& after, bool wider, bool narrower,
              None none = None::kAny);
  void flag(std::string_view key, bool before, bool after, Grows grows = Grows::kNone);
  // `written`: empty where it is not said.
  struct Amount {
    int64_t size;
    std::string written;
  };
  void amount(std::string_view key, const Amount& before, const Amount& after, Grows grows = Grows::kNone);
  void names(std::string_view key, const std::vector<std::string>& before, const std::vector<std::string>& after,
             None none = None::kNothing, Grows grows = Grows::kWider);
  // Each as its own model's places say.
  void ends(std::string_view key, const EndNames& before, const EndNames& after);
  void ports(std::string_view key, const std::vector<PortSpan>& before, const std::vector<PortSpan>& after);
  void prefixes(std::string_view key, const std::vector<AddressPrefix>& before,
                const std::vector<AddressPrefix>& after);
  // Calls inner(KeyDiff&) for what stands in a key: its keys are told as "KEY.inner".
  template <class Inner>
  void inside(const std::string& key, Inner inner) {
    const std::string around = prefix_;
    prefix_ += key + ".";
    inner(*this);
    prefix_ = around;
  }

  [[nodiscard]] const std::vector<ChangedKey>& changed() const { return changed_; }

 private:
  void add(std::string_view key, bool same, Width width, const std::string& before, const std::string& after,
           None none = None::kNothing);

  const Places& before_;
  const Places& after_;
  const Sides sides_;
  std::string prefix_;
  std::vector<ChangedKey> changed_;
};

// Of an element as a whole; what has no width does not count, kText only where nothing else changed.
[[nodiscard]] Width width_of(const std::vector<ChangedKey>& keys);

}  // namespace glacis::control

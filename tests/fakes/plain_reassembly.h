#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/fragment/fragment_policy.h"

namespace glacis {

// The plain twin of Defragmenter for one datagram without limits: a map of bytes, each with the fragment that owns it,
// made anew from all fragments at every step. Uses nothing of the dataplane but the policies' names.
class PlainReassembly {
 public:
  using Bytes = std::vector<uint8_t>;
  struct Part {
    uint32_t offset = 0;
    bool more = false;
    uint8_t protocol = 0;
    Bytes bytes, header;
    bool apart = false;  // left out by a policy that keeps to the first end
    [[nodiscard]] uint32_t end() const { return offset + static_cast<uint32_t>(bytes.size()); }
  };
  struct Step {
    bool duplicate = false, overlap = false, conflict = false, discards = false;
    Bytes packet, other;  // packet: empty until it is whole
  };

  PlainReassembly(FragmentPolicy policy, uint8_t ip_version) : policy_(policy), ip_version_(ip_version) {}

  Step add(Part part) {
    Step out;
    for (const Part& p : parts_) {
      if (p.offset != part.offset || p.bytes.size() != part.bytes.size() || p.more != part.more) continue;
      out.duplicate = p.bytes == part.bytes;
      break;
    }
    if (out.duplicate) return out;
    const std::vector<bool> held = held_bytes();
    // Two that begin in one unit of eight bytes share bytes of it, as all begin at units.
    const auto same_unit = [&](const Part& p) {
      return !p.apart && p.offset / 8 <= (part.end() - 1) / 8 && part.offset / 8 <= (p.end() - 1) / 8;
    };
    out.overlap = std::any_of(parts_.begin(), parts_.end(), same_unit);
    bool held_before = true;
    for (uint32_t unit = part.offset / 8; unit <= (part.end() - 1) / 8; ++unit) {
      held_before = held_before && unit * 8 < held.size() && held[unit * 8];
    }
    const bool contradicts =
        end_ != 0 ? part.end() > end_ || (!part.more && part.end() != end_) : !part.more && part.end() < held.size();
    discards_ = discards_ || contradicts || (out.overlap && !held_before);
    ends_conflict_ = ends_conflict_ || contradicts;
    part.apart = contradicts && !highest();
    if (!part.more) note_end(part.end(), contradicts);
    parts_.push_back(std::move(part));
    finish(out);
    out.conflict = out.conflict || contradicts;
    return out;
  }

 private:
  [[nodiscard]] bool highest() const {
    return policy_ == FragmentPolicy::kLast || policy_ == FragmentPolicy::kBsd ||
           policy_ == FragmentPolicy::kBsdRight || policy_ == FragmentPolicy::kSolaris;
  }
  void note_end(uint32_t end, bool contradicts) {
    ends_.push_back(end);
    if (highest()) {
      end_ = *std::max_element(ends_.begin(), ends_.end());
    } else if (end_ == 0 && !contradicts) {
      end_ = end;
    }
  }
  // The other of two ends: the lowest, or the highest, that is not the end.
  [[nodiscard]] uint32_t other_end() const {
    uint32_t out = 0;
    for (const uint32_t e : ends_) {
      if (e == end_) continue;
      out = out == 0 ? e : highest() ? std::min(out, e) : std::max(out, e);
    }
    return out;
  }
  [[nodiscard]] std::vector<bool> held_bytes() const {
    std::vector<bool> out;
    for (const Part& p : parts_) {
      if (p.apart) continue;
      if (out.size() < p.end()) out.resize(p.end());
      std::fill(out.begin() + p.offset, out.begin() + p.end(), true);
    }
    return out;
  }

  // Whether the bytes that come, of [begin, end), replace those of the piece [held_begin, held_end).
  [[nodiscard]] bool newer_wins(size_t held_begin, size_t held_end, size_t begin, size_t end) const {
    const bool begins_before = begin < held_begin, together = begin == held_begin;
    switch (policy_) {
      case FragmentPolicy::kLast:
        return true;
      case FragmentPolicy::kBsd:
        return begins_before;
      case FragmentPolicy::kLinux:
        return begins_before || together;
      case FragmentPolicy::kBsdRight:
        return !begins_before;
      case FragmentPolicy::kWindows:
        return begins_before && end > held_end;
      case FragmentPolicy::kSolaris:
        return begins_before && end >= held_end;
      default:
        return false;
    }
  }
  struct Map {
    Bytes bytes;
    std::vector<int> owner;  // -1: a hole
    bool conflict = false;
    [[nodiscard]] size_t reach() const {
      return static_cast<size_t>(std::find(owner.begin(), owner.end(), -1) - owner.begin());
    }
  };
  [[nodiscard]] Map read(bool opposite) const {
    Map map;
    for (size_t n = 0; n < parts_.size(); ++n) {
      const Part& p = parts_[n];
      if (p.apart && !opposite) continue;
      if (map.owner.size() < p.end()) {
        map.owner.resize(p.end(), -1);
        map.bytes.resize(p.end());
      }
      const std::vector<int> before = map.owner;
      // The piece of each byte: as far as one fragment owns all.
      std::vector<size_t> first(before.size()), last(before.size());
      for (size_t i = 0; i < before.size(); ++i) first[i] = i > 0 && before[i - 1] == before[i] ? first[i - 1] : i;
      for (size_t i = before.size(); i-- > 0;) {
        last[i] = i + 1 < before.size() && before[i + 1] == before[i] ? last[i + 1] : i + 1;
      }
      for (size_t i = p.offset; i < p.end(); ++i) {
        bool take = before[i] == -1;
        if (!take) {
          map.conflict = map.conflict || map.bytes[i] != p.bytes[i - p.offset];
          take = newer_wins(first[i], last[i], p.offset, p.end()) != opposite;
        }
        if (!take) continue;
        map.owner[i] = static_cast<int>(n);
        map.bytes[i] = p.bytes[i - p.offset];
      }
    }
    return map;
  }
  [[nodiscard]] Bytes packet_of(const Map& map, size_t end) const {
    const Part& first = parts_[static_cast<size_t>(map.owner[0])];
    Bytes out = first.header;
    out.insert(out.end(), map.bytes.begin(), map.bytes.begin() + static_cast<std::ptrdiff_t>(end));
    const auto put = [&](size_t at, size_t value) {
      out[at] = static_cast<uint8_t>(value >> 8);
      out[at + 1] = static_cast<uint8_t>(value);
    };
    if (ip_version_ == 6) {
      put(4, out.size() - 40);
      out[6] = first.protocol;  // no extension headers here
      return out;
    }
    put(2, out.size());
    put(6, 0);
    put(10, 0);
    uint32_t sum = 0;
    for (size_t i = 0; i < first.header.size(); i += 2) sum += static_cast<uint32_t>(out[i] << 8 | out[i + 1]);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    put(10, ~sum & 0xffff);
    return out;
  }
  void finish(Step& out) {
    const std::vector<bool> held = held_bytes();
    const bool whole = end_ != 0 && held.size() == end_ && std::find(held.begin(), held.end(), false) == held.end();
    if (!whole) return;
    const Map map = read(false);
    out.packet = packet_of(map, end_);
    out.conflict = map.conflict;
    out.discards = discards_ && policy_ == FragmentPolicy::kDiscard;
    if (!map.conflict && !ends_conflict_) return;
    const Map opposite = read(true);
    const uint32_t other = other_end();
    out.other = packet_of(opposite, other != 0 && opposite.reach() >= other ? other : end_);
    if (out.other == out.packet) out.other.clear();
  }

  const FragmentPolicy policy_;
  const uint8_t ip_version_;
  std::vector<Part> parts_;
  std::vector<uint32_t> ends_;
  uint32_t end_ = 0;
  bool discards_ = false, ends_conflict_ = false;
};

}  // namespace glacis

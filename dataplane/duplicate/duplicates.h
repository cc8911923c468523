#pragma once

#include <cstdint>

namespace glacis {

// What becomes of packets that a port shows again (DuplicateFilter); each is counted but with kIgnore.
enum class Duplicates : uint8_t { kDrop, kCount, kIgnore };

}  // namespace glacis

#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <type_traits>

namespace glacis {

// A fixed array of zeroed elements, taken from the kernel at construction and touched at once, so that
// no page fault waits for its first user; on transparent huge pages where the kernel grants them.
// T must mean "empty" when all its bytes are zero. Throws std::bad_alloc without memory: cold code only.
// Thread: its owner's.
template <class T>
class HugeArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  explicit HugeArray(size_t size) : size_(size) {
    const size_t bytes = this->bytes();
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    (void)madvise(memory, bytes, MADV_HUGEPAGE);  // what is refused costs speed, nothing else
    auto* const first = static_cast<volatile unsigned char*>(memory);
    for (size_t at = 0; at < bytes; at += kPage) first[at] = 0;
    data_ = static_cast<T*>(memory);
  }
  ~HugeArray() { munmap(data_, bytes()); }
  HugeArray(const HugeArray&) = delete;
  HugeArray& operator=(const HugeArray&) = delete;

  [[nodiscard]] T& operator[](size_t i) { return data_[i]; }
  [[nodiscard]] const T& operator[](size_t i) const { return data_[i]; }
  [[nodiscard]] T* begin() { return data_; }
  [[nodiscard]] T* end() { return data_ + size_; }
  [[nodiscard]] size_t size() const { return size_; }
  // What it takes from the machine.
  [[nodiscard]] size_t bytes() const { return (std::max<size_t>(size_, 1) * sizeof(T) + kHuge - 1) / kHuge * kHuge; }

 private:
  static constexpr size_t kPage = 4096, kHuge = size_t{2} << 20;
  const size_t size_;
  T* data_ = nullptr;
};

}  // namespace glacis

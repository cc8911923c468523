#include "bench/allocation_count.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace {

std::atomic<uint64_t> g_allocations{0};

void count() { g_allocations.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GLACIS_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GLACIS_SANITIZED
#endif
#endif

#ifdef GLACIS_SANITIZED

// A sanitizer owns malloc; it tells of each call instead.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizers' own name.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, size_t),
                                                         void (*on_free)(const volatile void*));

namespace {
const int g_installed = __sanitizer_install_malloc_and_free_hooks([](const volatile void*, size_t) { count(); },
                                                                  [](const volatile void*) {});
}  // namespace

#else

// glibc lets a program bring its own malloc ("Replacing malloc" in its manual); these count and
// hand on to the one it has under another name. free() stays glibc's.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) noexcept {
  count();
  return __libc_malloc(size);
}
void* calloc(size_t number, size_t size) noexcept {
  count();
  return __libc_calloc(number, size);
}
void* realloc(void* old, size_t size) noexcept {
  count();
  return __libc_realloc(old, size);
}
void* memalign(size_t alignment, size_t size) noexcept {
  count();
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept { return memalign(alignment, size); }
int posix_memalign(void** out, size_t alignment, size_t size) noexcept {
  void* memory = memalign(alignment, size);
  if (memory == nullptr) return ENOMEM;
  *out = memory;
  return 0;
}
}

#endif

namespace glacis::bench {

uint64_t allocation_count() { return g_allocations.load(std::memory_order_relaxed); }

}  // namespace glacis::bench

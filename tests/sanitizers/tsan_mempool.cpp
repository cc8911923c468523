// ThreadSanitizer sees nothing of the rings in which a pool of mbufs hands them from one thread to another: Debian
// builds DPDK's mempool drivers without instrumentation. Every executable that speaks DPDK has this function before the
// library's: what a driver registers is told the order, mbuf by mbuf. See README.md.
#include <dlfcn.h>
#include <rte_mempool.h>
#include <sanitizer/tsan_interface.h>

#include <array>

namespace {

std::array<rte_mempool_ops, RTE_MEMPOOL_MAX_OPS_IDX> g_drivers;  // by index, as the library has them

int enqueue(rte_mempool* pool, void* const* objects, unsigned count) {
  for (unsigned i = 0; i < count; ++i) __tsan_release(objects[i]);
  return g_drivers[static_cast<size_t>(pool->ops_index)].enqueue(pool, objects, count);
}

int dequeue(rte_mempool* pool, void** objects, unsigned count) {
  const int failed = g_drivers[static_cast<size_t>(pool->ops_index)].dequeue(pool, objects, count);
  for (unsigned i = 0; failed == 0 && i < count; ++i) __tsan_acquire(objects[i]);
  return failed;
}

}  // namespace

extern "C" int rte_mempool_register_ops(const rte_mempool_ops* driver) {
  static auto* const library =
      reinterpret_cast<int (*)(const rte_mempool_ops*)>(dlsym(RTLD_NEXT, "rte_mempool_register_ops"));
  rte_mempool_ops told = *driver;
  told.enqueue = enqueue;
  told.dequeue = dequeue;
  const int index = library(&told);
  if (index >= 0) g_drivers[static_cast<size_t>(index)] = *driver;
  return index;
}

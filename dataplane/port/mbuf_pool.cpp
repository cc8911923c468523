#include "dataplane/port/mbuf_pool.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <sys/mman.h>

#include "dataplane/port/mbuf_stamp.h"

namespace glacis {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

Expected<MbufStampField> MbufStampField::register_field() {
  rte_mbuf_dynfield field{};
  std::snprintf(field.name, sizeof field.name, "glacis_stamp");
  field.size = sizeof(MbufStamp);
  field.align = alignof(MbufStamp);
  const int offset = rte_mbuf_dynfield_register(&field);
  if (offset < 0) return fail(std::string("no room in the mbuf for the packet stamp: ") + rte_strerror(rte_errno));
  return MbufStampField(offset);
}

Expected<std::unique_ptr<MbufPool>> MbufPool::make(const std::string& name, uint32_t count, uint16_t data_room,
                                                   uint16_t private_bytes) {
  std::unique_ptr<MbufPool> out(new MbufPool());
  const unsigned cache = count >= 2 * kMbufCache ? kMbufCache : 0;
  if (rte_eal_has_hugepages() != 0) {
    // DPDK's own memory: it tells every card where that is.
    out->pool_ = rte_pktmbuf_pool_create(name.c_str(), count, cache, private_bytes, data_room,
                                         static_cast<int>(rte_socket_id()));
    if (out->pool_ == nullptr) return fail(std::string("cannot make the mbuf pool: ") + rte_strerror(rte_errno), name);
    return out;
  }
  const unsigned element = sizeof(rte_mbuf) + private_bytes + data_room;
  out->pool_ = rte_mempool_create_empty(name.c_str(), count, element, cache, sizeof(rte_pktmbuf_pool_private),
                                        static_cast<int>(rte_socket_id()), RTE_MEMPOOL_F_NO_IOVA_CONTIG);
  if (out->pool_ == nullptr) return fail(std::string("cannot make the mbuf pool: ") + rte_strerror(rte_errno), name);
  rte_pktmbuf_pool_private priv{};
  priv.mbuf_data_room_size = data_room;
  priv.mbuf_priv_size = private_bytes;
  rte_pktmbuf_pool_init(out->pool_, &priv);
  const size_t object = rte_mempool_calc_obj_size(element, 0, nullptr);
  out->bytes_ = (object * (size_t{count} + 1) + kHugePage) / kHugePage * kHugePage + kHugePage;
  out->memory_ = ::mmap(nullptr, out->bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (out->memory_ == MAP_FAILED) {
    out->memory_ = nullptr;
    return fail("no memory for " + std::to_string(count) + " mbufs", name, "lower the number of mbufs");
  }
  ::madvise(out->memory_, out->bytes_, MADV_HUGEPAGE);
  const int filled =
      rte_mempool_populate_virt(out->pool_, static_cast<char*>(out->memory_), out->bytes_, kHugePage, nullptr, nullptr);
  if (filled < static_cast<int>(count))
    return fail("the mbuf pool could not be filled", name, std::to_string(filled) + " of " + std::to_string(count));
  rte_mempool_obj_iter(out->pool_, rte_pktmbuf_init, nullptr);
  return out;
}

MbufPool::~MbufPool() {
  rte_mempool_free(pool_);
  if (memory_ != nullptr) ::munmap(memory_, bytes_);
}

}  // namespace glacis

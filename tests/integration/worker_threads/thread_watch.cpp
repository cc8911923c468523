#include "tests/integration/worker_threads/thread_watch.h"

#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

// The one place from which the filter lets a system call pass: the kernel tells it the address behind
// the instruction. Arguments as of syscall(2).
asm(R"(
  .text
  .globl glacis_syscall_gate, glacis_syscall_gate_end
  .type glacis_syscall_gate, @function
glacis_syscall_gate:
  mov %rdi, %rax
  mov %rsi, %rdi
  mov %rdx, %rsi
  mov %rcx, %rdx
  mov %r8, %r10
  mov %r9, %r8
  mov 8(%rsp), %r9
  syscall
glacis_syscall_gate_end:
  ret
  .size glacis_syscall_gate, . - glacis_syscall_gate
)");

extern "C" {
long glacis_syscall_gate(long number, long a, long b, long c, long d, long e, long f);
extern const char glacis_syscall_gate_end[];
// What glibc's malloc and its kin are themselves.
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);
}

namespace glacis::thread_watch {
namespace {

constexpr size_t kMostSightings = 16;

struct Sighting {
  Offence what;
  long number;  // of the system call
  const void* from;
};

struct Watch {
  bool on = false;
  bool filtered = false;
  Sleep sleep = Sleep::kForbidden;
};
thread_local Watch t_watch;  // of the executable: reading it neither allocates nor locks

std::array<std::atomic<size_t>, static_cast<size_t>(Offence::kCount)> g_count;
std::array<Sighting, kMostSightings> g_sightings;
std::atomic<size_t> g_seen{0}, g_entered{0}, g_slept{0};

void note(Offence what, long number, const void* from) {
  if (!t_watch.on) return;
  g_count[static_cast<size_t>(what)].fetch_add(1);
  const size_t at = g_seen.fetch_add(1);
  if (at < kMostSightings) g_sightings[at] = {what, number, from};
}

// Notes what stands in a replaced function; what the real one does for it, such as asking the kernel
// for memory, is no offence of its own.
class Noted {
 public:
  Noted(Offence what, const void* from) : was_on_(t_watch.on) {
    note(what, 0, from);
    t_watch.on = false;
  }
  ~Noted() { t_watch.on = was_on_; }
  Noted(const Noted&) = delete;
  Noted& operator=(const Noted&) = delete;

 private:
  const bool was_on_;
};

bool is_sleep(long number) { return number == SYS_nanosleep || number == SYS_clock_nanosleep; }

// Runs on the thread that made the call, which has not been done: notes it and does it.
void on_trap(int, siginfo_t* info, void* context) {
  const long number = info->si_syscall;
  if (t_watch.on && t_watch.sleep == Sleep::kAllowed && is_sleep(number)) {
    g_slept.fetch_add(1);
  } else {
    note(Offence::kSystemCall, number, info->si_call_addr);
  }
  greg_t* const reg = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  reg[REG_RAX] =
      glacis_syscall_gate(number, reg[REG_RDI], reg[REG_RSI], reg[REG_RDX], reg[REG_R10], reg[REG_R8], reg[REG_R9]);
}

// Traps all but the gate's calls and the return from the handler.
void install_filter() {
  const auto gate = reinterpret_cast<uintptr_t>(glacis_syscall_gate_end);
  constexpr auto at = [](size_t offset) { return static_cast<uint32_t>(offset); };
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(offsetof(seccomp_data, nr))),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 4, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(offsetof(seccomp_data, instruction_pointer))),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(gate), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at(offsetof(seccomp_data, instruction_pointer) + 4)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(gate >> 32), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    std::perror("seccomp");
    std::abort();
  }
}

// The function that would have been called, had this file not stood before it. Loaded at the first call,
// which a program makes long before it watches a thread.
template <class Function>
Function* next(std::atomic<Function*>& slot, const char* name) {
  Function* out = slot.load(std::memory_order_relaxed);
  if (out != nullptr) return out;
  out = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  if (out == nullptr) std::abort();
  slot.store(out, std::memory_order_relaxed);
  return out;
}

std::atomic<int (*)(pthread_mutex_t*)> g_mutex_lock, g_mutex_trylock;
std::atomic<int (*)(pthread_rwlock_t*)> g_rwlock_rdlock, g_rwlock_wrlock;
std::atomic<int (*)(pthread_spinlock_t*)> g_spin_lock;

const char* name_of(Offence what) {
  static constexpr const char* kNames[] = {"system call", "allocation", "free", "lock"};
  return kNames[static_cast<size_t>(what)];
}

}  // namespace

void enter(Sleep sleep) {
  if (!t_watch.filtered) {
    struct sigaction action{};
    action.sa_sigaction = on_trap;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSYS, &action, nullptr);
    install_filter();
    t_watch.filtered = true;
  }
  g_entered.fetch_add(1);
  t_watch.sleep = sleep;
  t_watch.on = true;
}

void leave() { t_watch.on = false; }

void forget() {
  for (auto& count : g_count) count.store(0);
  g_seen.store(0);
  g_entered.store(0);
  g_slept.store(0);
}

size_t count(Offence what) { return g_count[static_cast<size_t>(what)].load(); }
size_t entered() { return g_entered.load(); }
size_t slept() { return g_slept.load(); }

std::string sightings() {
  std::string out;
  for (size_t i = 0; i < std::min(g_seen.load(), kMostSightings); ++i) {
    const Sighting& s = g_sightings[i];
    Dl_info where{};
    dladdr(s.from, &where);
    char line[256];
    std::snprintf(line, sizeof line, "%s %ld from %s+0x%zx\n", name_of(s.what), s.number,
                  where.dli_fname != nullptr ? where.dli_fname : "?",
                  static_cast<size_t>(static_cast<const char*>(s.from) - static_cast<const char*>(where.dli_fbase)));
    out += line;
  }
  return out;
}

}  // namespace glacis::thread_watch

// Before the C library's own, for the whole process.
using glacis::thread_watch::next;
using glacis::thread_watch::Noted;
using glacis::thread_watch::Offence;

extern "C" {

void* malloc(size_t bytes) {
  const Noted noted(Offence::kAllocation, __builtin_return_address(0));
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  const Noted noted(Offence::kAllocation, __builtin_return_address(0));
  return __libc_calloc(count, bytes);
}
void* realloc(void* old, size_t bytes) {
  const Noted noted(Offence::kAllocation, __builtin_return_address(0));
  return __libc_realloc(old, bytes);
}
void* memalign(size_t alignment, size_t bytes) {
  const Noted noted(Offence::kAllocation, __builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  const Noted noted(Offence::kAllocation, __builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** out, size_t alignment, size_t bytes) {
  const Noted noted(Offence::kAllocation, __builtin_return_address(0));
  *out = __libc_memalign(alignment, bytes);
  return *out == nullptr ? ENOMEM : 0;
}
void free(void* block) {
  if (block == nullptr) return;
  const Noted noted(Offence::kFree, __builtin_return_address(0));
  __libc_free(block);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  const Noted noted(Offence::kLock, __builtin_return_address(0));
  return next(glacis::thread_watch::g_mutex_lock, "pthread_mutex_lock")(mutex);
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) {
  const Noted noted(Offence::kLock, __builtin_return_address(0));
  return next(glacis::thread_watch::g_mutex_trylock, "pthread_mutex_trylock")(mutex);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  const Noted noted(Offence::kLock, __builtin_return_address(0));
  return next(glacis::thread_watch::g_rwlock_rdlock, "pthread_rwlock_rdlock")(lock);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  const Noted noted(Offence::kLock, __builtin_return_address(0));
  return next(glacis::thread_watch::g_rwlock_wrlock, "pthread_rwlock_wrlock")(lock);
}
int pthread_spin_lock(pthread_spinlock_t* lock) {
  const Noted noted(Offence::kLock, __builtin_return_address(0));
  return next(glacis::thread_watch::g_spin_lock, "pthread_spin_lock")(lock);
}

}  // extern "C"

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

// Watches single threads of the process for what a worker must not do after its start. Linked into a
// program it stands before malloc and its kin, free, and the locks of pthread for the whole process; a
// watched thread has a seccomp filter besides, which traps every system call. What is trapped is noted
// and then done all the same, so that one run shows everything and the thread comes to its end.
// `operator new` and a wait on a condition are seen as the malloc and the lock they begin with.
// x86-64 Linux; not together with a sanitizer, which stands in the same places.
namespace glacis::thread_watch {

enum class Offence : uint8_t { kSystemCall, kAllocation, kFree, kLock, kCount };
enum class Sleep : uint8_t { kForbidden, kAllowed };

// From here until leave() the calling thread is watched. The filter stays for good, as filters do; a
// thread that is not watched passes it unnoted. Aborts when the kernel refuses the filter.
void enter(Sleep sleep);
void leave();

// All below: any thread, since the last forget().
void forget();
[[nodiscard]] size_t count(Offence what);
[[nodiscard]] size_t entered();  // threads
[[nodiscard]] size_t slept();    // allowed sleeps: the filter saw them
// One line for each of the first few: what, and from where, for addr2line.
[[nodiscard]] std::string sightings();

}  // namespace glacis::thread_watch

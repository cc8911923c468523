#pragma once

#include <cstdlib>

namespace glacis {

// gRPC logs on standard error by itself, in a form of its own, beside what our programs say about the same fault. Keeps
// it silent unless GRPC_VERBOSITY asks for it. Each main() calls this first: gRPC reads the variable when it starts.
inline void quiet_grpc() { (void)::setenv("GRPC_VERBOSITY", "NONE", 0); }

}  // namespace glacis

// as: control/store/sqlite_store.cpp
// expect: gRPC (grpcpp/grpcpp.h) does not belong into control/store
#include <grpcpp/grpcpp.h>

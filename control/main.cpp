#include "control/program.h"
#include "proto/quiet_grpc.h"

int main(int argc, char** argv) {
  glacis::quiet_grpc();
  return glacis::control::program({argv + 1, argv + argc});
}

// as: dataplane/scan/scanner.cpp
// expect: DPDK (rte_mbuf.h) does not belong into dataplane/scan
#include <rte_mbuf.h>

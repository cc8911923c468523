// as: dataplane/zone/orphan.cpp
// expect: nothing that cmake reads names it

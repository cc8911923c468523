// as: dataplane/base/unguarded.h
// expect: a header without #pragma once
int unguarded();

// Runs a libFuzzer target without libFuzzer: the seeds as they are, then mutations of them from a fixed
// sequence, so that every compiler and every run sees the same inputs.
//   NAME_fuzz MUTATIONS SEED_DIRECTORY
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;
constexpr size_t kLongest = 4096;

std::vector<Bytes> read_seeds(const std::string& directory) {
  std::vector<std::filesystem::path> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
    if (entry.is_regular_file()) names.push_back(entry.path());
  }
  std::sort(names.begin(), names.end());
  std::vector<Bytes> seeds;
  for (const auto& name : names) {
    std::ifstream in(name, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return seeds;
}

void mutate(Bytes& input, std::mt19937& random) {
  if (input.empty()) input.push_back(0);
  const size_t at = random() % input.size();
  switch (random() % 5) {
    case 0: input[at] ^= static_cast<uint8_t>(1U << (random() % 8)); break;
    case 1: input[at] = static_cast<uint8_t>(random()); break;
    case 2: input.resize(at); break;
    case 3: input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), static_cast<uint8_t>(random())); break;
    default: {
      const size_t from = random() % input.size();
      const Bytes piece(input.begin() + static_cast<std::ptrdiff_t>(from),
                        input.begin() + static_cast<std::ptrdiff_t>(
                                            std::min(input.size(), from + 1 + random() % 32)));
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), piece.begin(), piece.end());
    }
  }
  if (input.size() > kLongest) input.resize(kLongest);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s MUTATIONS SEED_DIRECTORY\n", argv[0]);
    return 2;
  }
  std::vector<Bytes> seeds = read_seeds(argv[2]);
  if (seeds.empty()) {
    std::fprintf(stderr, "%s: no seeds in %s\n", argv[0], argv[2]);
    return 1;
  }
  for (const Bytes& seed : seeds) LLVMFuzzerTestOneInput(seed.data(), seed.size());
  std::mt19937 random(1);
  const int mutations = std::atoi(argv[1]);
  for (int i = 0; i < mutations; ++i) {
    Bytes input = seeds[random() % seeds.size()];
    for (unsigned n = 1 + random() % 8; n != 0; --n) mutate(input, random);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%zu seeds, %d mutations\n", seeds.size(), mutations);
  return 0;
}

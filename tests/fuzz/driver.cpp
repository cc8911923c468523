// Runs a libFuzzer target without libFuzzer: the seeds as they are, then mutations of them from a fixed
// sequence, so that every compiler and every run sees the same inputs.
//   NAME_fuzz MUTATIONS LONGEST SEED_DIRECTORY...
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
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

using Bytes = std::vector<uint8_t>;

void read_seeds(const std::string& directory, std::vector<Bytes>& seeds) {
  std::vector<std::filesystem::path> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
    if (entry.is_regular_file()) names.push_back(entry.path());
  }
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    std::ifstream in(name, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
}

void mutate(Bytes& input, size_t longest, std::mt19937& random) {
  if (input.empty()) input.push_back(0);
  const size_t at = random() % input.size();
  switch (random() % 5) {
    case 0:
      input[at] ^= static_cast<uint8_t>(1U << (random() % 8));
      break;
    case 1:
      input[at] = static_cast<uint8_t>(random());
      break;
    case 2:
      input.resize(at);
      break;
    case 3:
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), static_cast<uint8_t>(random()));
      break;
    default: {
      const size_t from = random() % input.size();
      const Bytes piece(input.begin() + static_cast<std::ptrdiff_t>(from),
                        input.begin() + static_cast<std::ptrdiff_t>(std::min(input.size(), from + 1 + random() % 32)));
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), piece.begin(), piece.end());
    }
  }
  if (input.size() > longest) input.resize(longest);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: %s MUTATIONS LONGEST SEED_DIRECTORY...\n", argv[0]);
    return 2;
  }
  std::vector<Bytes> seeds;
  for (int i = 3; i < argc; ++i) {
    const size_t before = seeds.size();
    read_seeds(argv[i], seeds);
    if (seeds.size() > before) continue;
    std::fprintf(stderr, "%s: no seeds in %s\n", argv[0], argv[i]);
    return 1;
  }
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  for (const Bytes& seed : seeds) LLVMFuzzerTestOneInput(seed.data(), seed.size());
  std::mt19937 random(1);
  const int mutations = std::atoi(argv[1]);
  const auto longest = static_cast<size_t>(std::atoll(argv[2]));
  for (int i = 0; i < mutations; ++i) {
    Bytes input = seeds[random() % seeds.size()];
    for (unsigned n = 1 + random() % 8; n != 0; --n) mutate(input, longest, random);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%zu seeds, %d mutations\n", seeds.size(), mutations);
  return 0;
}

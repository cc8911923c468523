#include "control/cli/output_file.h"

#include <fstream>
#include <ostream>

#include "control/cli/terminal_text.h"

namespace glacis::control {

bool write_output(const std::string& path, const std::string& text, Console& console) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.flush()) return true;
  console.err << "cannot write " << printable(path) << ": is its folder there and writable?\n";
  return false;
}

}  // namespace glacis::control

#include <fstream>
#include <ostream>

#include "control/cli/command.h"
#include "control/exchange/import.h"
#include "control/exchange/import_report.h"
#include "control/exchange/tree.h"

namespace glacis::control {
namespace {

int usage(Console& console, const std::string& what) {
  console.err << "glacis import: " << what << "\n";
  return kExitUsage;
}

// Nothing if it cannot be read. One byte more than is allowed, so that the importer can say it is too large.
std::optional<SourceFile> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  SourceFile out{path.substr(path.rfind('/') + 1), ""};
  out.text.resize(kMaxForeignBytes + 1);
  if (!in) return std::nullopt;
  in.read(out.text.data(), static_cast<std::streamsize>(out.text.size()));
  if (in.bad() || (in.gcount() == 0 && !in.eof())) return std::nullopt;  // a folder
  out.text.resize(static_cast<size_t>(in.gcount()));
  return out;
}

}  // namespace

int run_import_command(const Options& options, Console& console) {
  if (options.words.size() != 1) return usage(console, "name one file, such as threagile.yaml");
  if (options.has("--json") && !options.has("-o")) return usage(console, "--json needs -o: the draft goes there");
  std::optional<ForeignFormat> format;
  if (options.has("--format")) {
    format = format_called(options.get("--format"));
    if (!format)
      return usage(console, "--format is one of " + format_names() + ", not '" + options.get("--format") + "'");
  }
  const auto file = read_file(options.words[0]);
  if (!file) return usage(console, "cannot read " + options.words[0]);
  const auto imported = import_model(*file, format);
  if (!imported) {
    print_text(imported.error(), {*file}, console.colour, console.err);
    return kExitFindings;
  }
  if (options.has("-o")) {
    std::ofstream out(options.get("-o"), std::ios::binary);
    out << imported->text;
    if (!out.flush())
      return usage(console, "cannot write " + options.get("-o") + ": is its folder there and writable?");
  } else {
    console.out << imported->text;
  }
  if (options.has("--json")) {
    console.out << import_json(*imported);
  } else {
    console.err << import_text(*imported);
  }
  return kExitGood;
}

}  // namespace glacis::control

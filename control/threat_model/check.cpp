#include "control/threat_model/check.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>

#include "control/threat_model/compile.h"
#include "control/threat_model/parse.h"
#include "control/threat_model/yaml_tree.h"
#include "glacis/v1/policy.pb.h"

namespace glacis::control {
namespace {

struct Loaded {
  std::vector<Model> models;
  std::vector<SourceFile> files;
  std::vector<Diagnostic> diagnostics;
};

Loaded load(const std::vector<std::string>& paths) {
  Loaded out;
  for (const std::string& path : paths) {
    const std::vector<SourceFile> files = load_sources(path, out.diagnostics);
    if (files.empty()) continue;
    ParseResult result = parse_model(files);
    out.diagnostics.insert(out.diagnostics.end(), result.diagnostics.begin(), result.diagnostics.end());
    if (result.model) out.models.push_back(std::move(*result.model));
    out.files.insert(out.files.end(), files.begin(), files.end());
  }
  return out;
}

// In JSON what is not enforced is a note like any other.
void add_not_enforced(const v1::Policy& policy, std::vector<Diagnostic>& diagnostics) {
  for (const v1::NotEnforced& element : policy.not_enforced()) {
    diagnostics.push_back({"not-enforced",
                           "not enforced yet: " + element.element(),
                           "needs " + element.needs(),
                           {element.line().file(), element.line().line(), element.line().column()}});
  }
}

void print(const Loaded& loaded, const std::optional<v1::Policy>& policy, const CheckOptions& options,
           std::ostream& out) {
  if (options.format == Format::kJson) {
    std::vector<Diagnostic> all = loaded.diagnostics;
    if (policy) add_not_enforced(*policy, all);
    print_json(all, out);
  } else {
    print_text(loaded.diagnostics, loaded.files, options.colour, out);
  }
}

bool unreadable(const Loaded& loaded) {
  for (const Diagnostic& d : loaded.diagnostics) {
    if (d.code == "unreadable") return true;
  }
  return false;
}

// The composed policy, or nothing with its faults among the diagnostics.
std::optional<v1::Policy> compose(Loaded& loaded, const std::string& tap, CompileFor purpose) {
  if (has_errors(loaded.diagnostics)) return std::nullopt;
  RuleIds ids;
  auto policy = compile(loaded.models, tap, ids, purpose);
  if (policy) return std::move(*policy);
  loaded.diagnostics.insert(loaded.diagnostics.end(), policy.error().begin(), policy.error().end());
  return std::nullopt;
}

void print_all_not_enforced(const v1::Policy& policy, std::ostream& out) {
  for (const v1::NotEnforced& element : policy.not_enforced()) print_not_enforced(element, out);
}

}  // namespace

void print_not_enforced(const v1::NotEnforced& element, std::ostream& out) {
  out << "not enforced yet: " << element.element() << " (" << element.line().file() << ':' << element.line().line()
      << ")\n";
}

std::vector<SourceFile> load_sources(const std::string& path, std::vector<Diagnostic>& diagnostics) {
  const size_t slash = path.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  std::vector<SourceFile> out;
  const auto read = [&](const std::string& file) {
    std::ifstream in(folder + file, std::ios::binary);
    std::error_code fault;
    if (!in || std::filesystem::is_directory(folder + file, fault)) {
      diagnostics.push_back({"unreadable", "cannot read " + folder + file, "is the path right?", {file, 0, 0}});
      return;
    }
    SourceFile source{file, ""};
    // One byte more than is allowed, so that the parser can say it is too large.
    source.text.resize(kMaxModelBytes + 1);
    in.read(source.text.data(), static_cast<std::streamsize>(source.text.size()));
    source.text.resize(static_cast<size_t>(in.gcount()));
    out.push_back(std::move(source));
  };
  read(name);
  constexpr size_t kMaxFiles = 64;
  for (size_t i = 0; i < out.size() && out.size() < kMaxFiles; ++i) {
    std::vector<Diagnostic> ignored;  // parse_model says what is wrong with the file itself
    const YamlTree tree = read_yaml(out[i], ignored);
    const YamlTree* include = tree.find("include");
    if (include == nullptr) continue;
    std::vector<std::string> names;
    if (include->kind == YamlTree::Kind::kScalar) names.push_back(include->text);
    for (const YamlTree& item : include->items) names.push_back(item.text);
    for (const std::string& wanted : names) {
      bool have = wanted.find("..") != std::string::npos || wanted.starts_with('/');
      for (const SourceFile& file : out) have |= file.name == wanted;
      if (!have) read(wanted);
    }
  }
  return out;
}

int run_check(const std::vector<std::string>& paths, const CheckOptions& options, std::ostream& out) {
  Loaded loaded = load(paths);
  const auto policy = compose(loaded, "", CompileFor::kCheck);
  print(loaded, policy, options, out);
  if (policy && options.format == Format::kText) {
    print_all_not_enforced(*policy, out);
    out << loaded.models.size() << (loaded.models.size() == 1 ? " model" : " models")
        << " good: " << policy->rules_size() << " rules, " << policy->not_enforced_size()
        << " elements not enforced yet\n";
  }
  return unreadable(loaded) ? 2 : policy ? 0 : 1;
}

int run_compile(const std::vector<std::string>& paths, const CompileOptions& options, std::ostream& out) {
  Loaded loaded = load(paths);
  const auto policy = compose(loaded, options.tap, CompileFor::kSensor);
  print(loaded, policy, options.check, out);
  if (!policy) return unreadable(loaded) ? 2 : 1;
  const std::string bytes = serialise(*policy);
  if (!options.output.empty()) {
    std::ofstream file(options.output, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) {
      out << "cannot write " << options.output << ": is its folder there and writable?\n";
      return 2;
    }
  }
  if (options.check.format == Format::kText) {
    print_all_not_enforced(*policy, out);
    out << "policy " << hex(digest_of(bytes)) << ", " << bytes.size() << " bytes, " << policy->rules_size()
        << " rules, features:";
    for (const std::string& feature : policy->features()) out << ' ' << feature;
    out << '\n';
  }
  return 0;
}

}  // namespace glacis::control

#include "control/config/control_config.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

#include "control/server/listen_address.h"
#include "control/threat_model/element_reader.h"
#include "control/threat_model/yaml_tree.h"

namespace glacis::control {
namespace {

constexpr std::array kTlsKeys = {key::text("cert", "certificate chain, PEM"), key::text("key", "its private key, PEM"),
                                 key::text("ca", "who signs the certificates of others, PEM"),
                                 key::text("trust_domain", "of SPIFFE ids that are let in")};
constexpr std::array kTopKeys = {key::text("listen", "where to listen").list(),
                                 key::text("state", "folder of the store"),
                                 key::plain("tls", Shape::kElement, "mutual TLS")};

std::string place(const Position& at) {
  if (at.line == 0) return at.file;
  return at.file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

// One address or a list of them, each with its place.
std::vector<ListenEntry> read_listen(ElementReader& reader) {
  const YamlTree& value = *reader.find("listen");
  const std::vector<std::string> addresses = reader.list("listen");
  std::vector<ListenEntry> out;
  if (value.kind != YamlTree::Kind::kList) {
    for (const std::string& address : addresses) out.push_back({address, place(value.at)});
    return out;
  }
  for (const YamlTree& item : value.items) {
    if (item.kind == YamlTree::Kind::kScalar) out.push_back({item.text, place(item.at)});
  }
  return out;
}

TlsFiles read_tls(const YamlTree& tree, std::vector<Diagnostic>& diagnostics) {
  ElementReader reader(tree, kTlsKeys, tree.at, diagnostics);
  return {reader.text("cert"), reader.text("key"), reader.text("ca"), reader.text("trust_domain")};
}

void read_top(const YamlTree& root, ControlConfig& config, std::vector<Diagnostic>& diagnostics) {
  ElementReader reader(root, kTopKeys, root.at, diagnostics);
  if (reader.find("listen") != nullptr) config.listen = read_listen(reader);
  config.state_directory = reader.text("state", config.state_directory);
  if (const YamlTree* tls = reader.find("tls"); tls != nullptr) {
    config.tls = read_tls(*tls, diagnostics);
    config.tls_where = place(tls->at);
  }
}

void check_listen(const ListenEntry& entry, bool tls, std::vector<Error>& faults) {
  const auto address = parse_listen_address(entry.address);
  const auto transport = address ? transport_for(*address, tls) : Expected<Transport>(std::unexpected(address.error()));
  if (transport) return;
  const Error& error = transport.error();
  faults.push_back({"'" + entry.address + "': " + error.what, entry.where, error.hint});
}

}  // namespace

std::vector<Error> ControlConfig::validate() const {
  std::vector<Error> faults;
  if (state_directory.empty()) faults.push_back({"state must name a directory", "state", ""});
  if (listen.empty()) faults.push_back({"nothing to listen on", "listen", "listen: [127.0.0.1:7443]"});
  const int files = !tls.cert.empty() + !tls.key.empty() + !tls.ca.empty();
  for (const ListenEntry& entry : listen) check_listen(entry, files != 0, faults);
  if (files != 0 && files != 3) {
    faults.push_back({"TLS needs all three: cert, key and ca", tls_where, ""});
  }
  if (files == 0 && !tls.trust_domain.empty()) {
    faults.push_back({"trust_domain means nothing without cert, key and ca", tls_where, ""});
  }
  return faults;
}

ControlConfig parse_control_config(const std::string& text, const std::string& file, std::vector<Error>& faults) {
  ControlConfig config;
  std::vector<Diagnostic> diagnostics;
  const YamlTree root = read_yaml({file, text}, diagnostics);
  if (root.kind != YamlTree::Kind::kNull) read_top(root, config, diagnostics);
  for (Diagnostic& d : diagnostics) {
    faults.push_back({std::move(d.message), place(d.at), std::move(d.hint)});
  }
  return config;
}

ControlConfig load_control_config(const std::string& file, std::vector<Error>& faults) {
  std::ifstream in(file, std::ios::binary);
  (void)in.peek();  // a folder opens, and fails here
  if (!in.is_open() || in.bad()) {
    faults.push_back({std::string("cannot read the configuration: ") + std::strerror(errno), file, ""});
    return {};
  }
  std::ostringstream text;
  text << in.rdbuf();
  return parse_control_config(text.str(), file, faults);
}

}  // namespace glacis::control

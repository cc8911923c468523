#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "control/cli/program.h"
#include "control/server/control_server.h"
#include "control/store/memory_store.h"
#include "glacis/v1/alert.pb.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/unit/cli/watched_text.h"

namespace glacis::control {

// A control plane in this process on a Unix socket, and the command that talks to it.
class ControlFixture : public testing::Test {
 protected:
  void SetUp() override { start(); }
  void TearDown() override { stop(); }

  void start() {
    ServerOptions options;
    options.listen = {address()};
    options.now_ns = [] { return int64_t{1'790'000'000'000'000'000}; };
    options.log = [this](const std::string& line) { log_ << line << "\n"; };
    auto server = ControlServer::start(options, store_, store_);
    ASSERT_TRUE(server) << server.error().text();
    server_ = std::move(*server);
  }
  void stop() { server_.reset(); }

  [[nodiscard]] std::string address() const { return "unix:" + folder_.path() + "/control.sock"; }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  // Runs `glacis ARGUMENTS --control <the fixture's>`; out_ and err_ hold what it wrote.
  int glacis(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--control", address()});
    std::ostringstream out, err;
    Console console{out, err, Colour::kOff};
    const int code = run_program(arguments, console);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  // Alerts as if sensors had delivered them before, with sequences from..to in their sentences.
  void store(uint64_t from, uint64_t to) {
    for (uint64_t n = from; n <= to; ++n) {
      const v1::Alert alert = numbered_alert(n);
      const AlertRow row{"core-1",
                         "stored",
                         n,
                         "key",
                         1,
                         alert.severity(),
                         alert.rule().model(),
                         alert.rule().element(),
                         alert.time_ns(),
                         alert.SerializeAsString()};
      ASSERT_TRUE(store_.append(std::vector{row}));
    }
  }
  static v1::Alert numbered_alert(uint64_t n) {
    v1::Alert alert;
    alert.mutable_id()->set_sequence(n);
    alert.set_severity(n % 2 == 0 ? v1::SEVERITY_HIGH : v1::SEVERITY_LOW);
    alert.set_sentence("happening " + std::to_string(n) + ".");
    alert.mutable_rule()->set_model("web-shop");
    alert.mutable_rule()->set_element(n % 2 == 0 ? "never/n-ws-db" : "data/cards");
    alert.set_time_ns(1'790'000'000'000'000'000);
    return alert;
  }

  static std::string model(const std::string& name) {
    return std::string(GLACIS_SOURCE_DIR) + "/configs/models/" + name;
  }

  TemporaryFolder folder_;
  MemoryStore store_;
  WatchedText log_;
  std::unique_ptr<ControlServer> server_;
  std::string out_, err_;
};

}  // namespace glacis::control

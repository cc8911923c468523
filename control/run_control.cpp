#include "control/run_control.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>

#include "control/server/control_server.h"
#include "control/store/sqlite_store.h"
#include "dataplane/base/service_manager.h"

namespace glacis::control {
namespace {

constexpr auto kHeartbeat = std::chrono::seconds(1);

// One line each, whatever a name from outside holds. Thread: any.
void say(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  std::fprintf(stderr, "glacis-control: %s\n", text.c_str());
}

int64_t unix_time_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

// By rename, so that no reader sees half of it.
Expected<void> write_ready_file(const std::string& file, const std::vector<std::string>& addresses) {
  const std::string fresh = file + ".new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    for (const std::string& address : addresses) out << address << '\n';
    out.flush();
    if (!out) return fail(std::string("cannot write: ") + std::strerror(errno), fresh, "--ready-file");
  }
  if (std::rename(fresh.c_str(), file.c_str()) == 0) return {};
  const std::string why = std::strerror(errno);
  (void)::unlink(fresh.c_str());
  return fail("cannot write: " + why, file, "--ready-file");
}

// Signals and the heartbeat of subscribers, on the main thread.
class MainLoop {
 public:
  explicit MainLoop(boost::asio::io_context& io) : signals_(io, SIGTERM, SIGINT), timer_(io) {}

  void start(ControlServer& server) {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      say(std::string(signal == SIGINT ? "SIGINT" : "SIGTERM") + ": stopping");
      signals_.clear();  // a second signal ends the process at once
      timer_.cancel();
    });
    beat(server);
  }

 private:
  void beat(ControlServer& server) {
    timer_.expires_after(kHeartbeat);
    timer_.async_wait([this, &server](const boost::system::error_code& error) {
      if (error) return;
      server.tick();
      beat(server);
    });
  }

  boost::asio::signal_set signals_;
  boost::asio::steady_timer timer_;
};

}  // namespace

Expected<void> run_control(const ControlConfig& config, const std::string& ready_file) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // a closed log is no reason to end
  boost::asio::io_context io;
  MainLoop loop(io);  // first: a signal during the start is kept
  if (!ready_file.empty()) (void)::unlink(ready_file.c_str());
  auto store = SqliteStore::open(config.state_directory);
  if (!store) return std::unexpected(store.error());
  ServerOptions options{{}, config.tls, unix_time_ns, say};
  for (const ListenEntry& entry : config.listen) options.listen.push_back(entry.address);
  auto server = ControlServer::start(options, **store, **store);
  if (!server) return std::unexpected(server.error());
  if (!ready_file.empty()) {
    if (auto written = write_ready_file(ready_file, (*server)->addresses()); !written) return written;
  }
  for (const std::string& address : (*server)->addresses()) say("serving " + address);
  notify_service_manager("READY=1");
  loop.start(**server);
  io.run();
  notify_service_manager("STOPPING=1");
  if (!ready_file.empty()) (void)::unlink(ready_file.c_str());
  (*server)->stop();
  say("stopped; " + std::to_string((*store)->stored()) + " alerts are stored");
  return {};
}

}  // namespace glacis::control

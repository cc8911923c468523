#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "control/server/tls_files.h"
#include "tests/fakes/temporary_folder.h"

namespace glacis::control {

// Authorities and certificates, made with the openssl program in a folder that goes with the test.
class Certificates {
 public:
  Certificates() {
    // Without this OpenSSL's own configuration would add extensions of its own.
    std::ofstream(file("openssl.cnf")) << "[req]\ndistinguished_name=name\n[name]\n";
    authority("ca");
    authority("other-ca");
    leaf("server", "ca", "DNS:localhost");
  }
  // In the name of `issuer`; `san` may be empty.
  void leaf(const std::string& name, const std::string& issuer, const std::string& san) {
    make(name, "-CA " + file(issuer + ".pem") + " -CAkey " + file(issuer + ".key") +
                   " -addext basicConstraints=CA:FALSE" + (san.empty() ? "" : " -addext subjectAltName=" + san));
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.path() + "/" + name; }
  [[nodiscard]] std::string text(const std::string& name) const {
    std::ifstream in(file(name));
    std::ostringstream out;
    out << in.rdbuf();
    EXPECT_FALSE(out.str().empty()) << name;
    return out.str();
  }
  [[nodiscard]] TlsFiles server(const std::string& trust_domain) const {
    return {file("server.pem"), file("server.key"), file("ca.pem"), trust_domain};
  }

 private:
  void authority(const std::string& name) { make(name, "-addext basicConstraints=critical,CA:TRUE"); }
  void make(const std::string& name, const std::string& more) {
    const std::string command = "openssl req -x509 -config " + file("openssl.cnf") +
                                " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
                                " -keyout " + file(name + ".key") + " -out " + file(name + ".pem") + " " + more +
                                " 2>" + file("openssl.log");
    ASSERT_EQ(std::system(command.c_str()), 0) << command << "\n" << text("openssl.log");
  }
  TemporaryFolder folder_;
};

}  // namespace glacis::control

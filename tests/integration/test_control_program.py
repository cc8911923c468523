"""glacis-control as a program: what it says, its exit codes, its ready file, how it stops."""
import os
import signal
import socket
import subprocess
import tempfile
import unittest

CONTROL = os.environ["GLACIS_CONTROL"]
PATIENCE = 60  # seconds; only a hang waits for it


def say(*arguments):
    """Runs it to its end: (exit code, stdout, stderr)."""
    done = subprocess.run([CONTROL, *arguments], capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


class Running:
    """A control plane that serves; the service manager's socket says when."""

    def __init__(self, folder, *arguments):
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(os.path.join(folder, "notify"))
        self.manager.settimeout(PATIENCE)
        self.ready = os.path.join(folder, "ready")
        self.process = subprocess.Popen(
            [CONTROL, "--state", os.path.join(folder, "state"), "--ready-file", self.ready, *arguments],
            stderr=subprocess.PIPE, text=True, env={**os.environ, "NOTIFY_SOCKET": os.path.join(folder, "notify")})

    def told(self):
        return self.manager.recv(100).decode()

    def addresses(self):
        with open(self.ready, encoding="utf-8") as file:
            return file.read().splitlines()

    def stop(self):
        """SIGTERM: (exit code, stderr)."""
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        self.manager.close()


class Words(unittest.TestCase):
    def test_help_teaches_and_version_says(self):
        code, out, err = say("--help")
        self.assertEqual((code, err), (0, ""))
        for word in ("--listen", "--state", "check FILE", "spiffe://", "try it:", "exit: 0 good, 1 failed, 2 wrong usage"):
            self.assertIn(word, out)
        code, out, _ = say("--version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^glacis-control \d+\.\d+\.\d+\n$")

    def test_an_answer_that_cannot_be_written_is_no_success(self):
        with tempfile.NamedTemporaryFile(suffix=".yaml") as config:
            for words in (["--help"], ["--version"], ["check", config.name]):
                with self.subTest(words=words), open("/dev/full", "w", encoding="utf-8") as full:
                    done = subprocess.run([CONTROL, *words], stdout=full, stderr=subprocess.PIPE, text=True,
                                          timeout=PATIENCE, check=False)
                    self.assertEqual((done.returncode, done.stderr),
                                     (1, "glacis-control: standard output: cannot write: No space left on device\n"))

    def test_wrong_usage_is_2_and_names_the_word(self):
        for arguments, word in ((["--lisen", "x"], "did you mean '--listen'?"), (["--state"], "--state DIR"),
                                (["serve"], "unknown command 'serve'"), (["run", "now"], "unexpected word 'now'"),
                                (["check"], "glacis-control check FILE"), (["--state", "a", "--state", "b"], "twice")):
            code, out, err = say(*arguments)
            self.assertEqual((code, out), (2, ""), arguments)
            self.assertIn(word, err)
            self.assertEqual(err.count("\n"), 1, err)

    def test_check_names_every_fault_with_its_place(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "c.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write("listen: [0.0.0.0:7443]\nstatr: x\n")
            code, _, err = say("check", path)
            self.assertEqual(code, 1)
            self.assertIn(f"{path}:2:1: unknown key 'statr' (did you mean 'state'?)", err)
            self.assertIn(f"{path}:1:10: '0.0.0.0:7443': plaintext is served on loopback", err)
            with open(path, "w", encoding="utf-8") as file:
                file.write("state: /tmp/x\n")
            self.assertEqual(say("check", path), (0, f"{path}: fine\n", ""))


class Serving(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = self.folder.name

    def refused(self, *arguments, says):
        code, out, err = say(*arguments)
        self.assertEqual((code, out), (1, ""), err)
        self.assertIn(says, err)
        self.assertTrue(all(line.startswith("glacis-control: ") for line in err.splitlines()), err)

    def test_serves_says_where_and_stops_on_sigterm(self):
        sock = os.path.join(self.path, "control.sock")
        with Running(self.path, "--listen", "127.0.0.1:0", "--listen", f"unix:{sock}") as control:
            self.assertEqual(control.told(), "READY=1")
            addresses = control.addresses()
            self.assertEqual(len(addresses), 2)
            host, port = addresses[0].rsplit(":", 1)
            self.assertEqual(host, "127.0.0.1")
            socket.create_connection((host, int(port)), timeout=PATIENCE).close()
            self.assertEqual(addresses[1], f"unix:{sock}")
            code, err = control.stop()
            self.assertEqual(control.told(), "STOPPING=1")
            self.assertEqual(code, 0, err)
            self.assertFalse(os.path.exists(control.ready), "the ready file stays behind")
            self.assertTrue(all(line.startswith("glacis-control: ") for line in err.splitlines()), err)
            self.assertIn("stopped; 0 alerts are stored", err)

    def test_options_beat_the_file(self):
        path = os.path.join(self.path, "c.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("listen: 0.0.0.0:7443\nstate: /proc/none\n")
        with Running(self.path, "--config", path, "--listen", "127.0.0.1:0") as control:
            self.assertEqual(control.told(), "READY=1")
            self.assertEqual(control.stop()[0], 0)

    def test_second_one_on_port_or_state_is_refused(self):
        with Running(self.path, "--listen", "127.0.0.1:0") as control:
            self.assertEqual(control.told(), "READY=1")
            taken = control.addresses()[0]
            self.refused("--state", os.path.join(self.path, "other"), "--listen", taken, says=f"{taken}: cannot listen")
            self.refused("--state", os.path.join(self.path, "state"), "--listen", "127.0.0.1:0",
                         says="another glacis-control uses this state folder")
            self.assertEqual(control.stop()[0], 0)

    def test_grpc_speaks_when_it_is_asked_to(self):
        nowhere = ("--state", os.path.join(self.path, "state"), "--listen", f"unix:{self.path}/{'x' * 90}")
        with open(os.path.join(self.path, "x" * 90), "w", encoding="utf-8"):
            pass
        self.refused(*nowhere, says="cannot listen")
        os.environ["GRPC_VERBOSITY"] = "ERROR"
        self.addCleanup(os.environ.pop, "GRPC_VERBOSITY")
        self.assertIn(".cc:", say(*nowhere)[2])

    def test_a_unix_socket_in_use_is_left_to_who_serves_it(self):
        sock = os.path.join(self.path, "control.sock")
        other = ("--state", os.path.join(self.path, "other"), "--listen", f"unix:{sock}")
        with Running(self.path, "--listen", f"unix:{sock}") as control:
            self.assertEqual(control.told(), "READY=1")
            inode = os.stat(sock).st_ino
            self.refused(*other, says=f"unix:{sock}: cannot listen: another glacis-control serves here")
            self.assertEqual(os.stat(sock).st_ino, inode)
            os.unlink(sock)   # or both would remove what lies here at their end
            self.refused(*other, says="another glacis-control serves here")
            self.assertEqual(control.stop()[0], 0)
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.bind(sock)
            stranger.listen()
            self.refused(*other, says=f"unix:{sock}: cannot listen: another program serves here")
            self.assertTrue(os.path.exists(sock))

    def test_the_socket_of_a_killed_one_is_taken_over(self):
        sock = os.path.join(self.path, "control.sock")
        with Running(self.path, "--listen", f"unix:{sock}") as control:
            self.assertEqual(control.told(), "READY=1")
            control.process.kill()
            control.process.communicate()
        os.unlink(os.path.join(self.path, "notify"))
        self.assertTrue(os.path.exists(sock))
        with Running(self.path, "--listen", f"unix:{sock}") as control:
            self.assertEqual(control.told(), "READY=1")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(sock)
            self.assertEqual(control.stop()[0], 0)
        self.assertFalse(os.path.exists(sock))
        self.assertFalse(os.path.exists(sock + ".lock"))

    def test_what_cannot_work_is_refused_with_its_reason(self):
        state = ("--state", os.path.join(self.path, "state"))
        self.refused("--state", "/proc/none/state", "--listen", "127.0.0.1:0", says="/proc/none/state: cannot make the state folder")
        self.refused(*state, "--listen", "0.0.0.0:0", says="plaintext is served on loopback")
        self.refused(*state, "--listen", "nowhere", says="--listen: 'nowhere': no host and port")
        self.refused(*state, "--tls-cert", "/nonexistent/c.pem", says="TLS needs all three")
        self.refused(*state, "--listen", "127.0.0.1:0", "--tls-cert", "/nonexistent/c.pem", "--tls-key", "/nonexistent/k",
                     "--tls-ca", "/nonexistent/ca", says="/nonexistent/c.pem: cannot read")
        self.refused(*state, "--config", "/nonexistent/c.yaml", says="/nonexistent/c.yaml: cannot read")
        self.refused(*state, "--listen", "127.0.0.1:0", "--ready-file", "/nonexistent/ready", says="/nonexistent/ready")


if __name__ == "__main__":
    unittest.main()

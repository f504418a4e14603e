"""The real services on a data directory of one test, asked through their sockets and
by the command; for tests in Python."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from fractions import Fraction

import msgpack
import zmq

SERVICES = ("ingest", "aggregate", "alert")
WAIT_S = 60  # for anything that should come at once


class System:
    def __init__(self, bin_):
        self.tmp = tempfile.mkdtemp(prefix="tiendo-")
        self.data = os.path.join(self.tmp, "data")
        self.program = os.path.join(bin_, "tiendo")
        self.environment = dict(
            os.environ, TIENDO_DATA=self.data, TIENDO_INGEST_ADMIN="",
            TIENDO_AGGREGATE_ADMIN="", TIENDO_ALERT_ADMIN="")
        self.context, self.socks = zmq.Context(), {}
        self.passed = self.failed = self.last_id = 0

    def check(self, story, condition, seen=""):
        if condition:
            self.passed += 1
            return
        self.failed += 1
        print("FAILED: %s %s" % (story, str(seen)[:1000]))

    def run(self, *arguments):
        """Exit code and output of one command."""
        done = subprocess.run(
            [self.program, "--lang", "en", "-o", "json", *arguments],
            env=self.environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def tell(self, story, up=True):
        """Starts all (up), runs the story, prints the sum, and exits."""
        libc = ctypes.CDLL(None)
        log = os.path.join(self.tmp, "up.log")
        self.up = None if not up else subprocess.Popen(
            [self.program, "up"], env=self.environment, stderr=open(log, "w"),
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: libc.prctl(1, signal.SIGTERM))
        try:
            if up:
                self.until("the services come up",
                           lambda: self.run("health")[0] == 0)
            story()
        except Exception:
            self.failed += 1
            traceback.print_exc(file=sys.stdout)
            if up:
                with open(log) as text:
                    print(text.read()[-2000:])
        finally:
            if up:
                self.up.send_signal(signal.SIGCONT)  # a test may have held it
                self.up.terminate()
                self.up.wait()
            shutil.rmtree(self.tmp, ignore_errors=True)
        print("%d passed, %d failed" % (self.passed, self.failed))
        sys.exit(self.failed > 0)

    def until(self, what, true):
        end = time.monotonic() + WAIT_S
        while not true():
            if time.monotonic() > end:
                raise AssertionError("not in %d s: %s" % (WAIT_S, what))
            time.sleep(0.005)

    def ask(self, service, kind, body, timeout_ms=20000):
        """The body of the answer; None: there is none in time."""
        if service not in self.socks:
            sock = self.socks[service] = self.context.socket(zmq.DEALER)
            sock.linger = 0
            sock.reconnect_ivl = 20
            sock.connect("ipc://%s/run/%s.sock" % (self.data, service))
        sock = self.socks[service]
        self.last_id += 1
        sock.send(msgpack.packb([1, kind, self.last_id, body]))
        while sock.poll(timeout_ms):
            _, kind, number, body = msgpack.unpackb(sock.recv_multipart()[0])
            if number != self.last_id:
                continue  # too late for another one
            assert kind != "ERROR", body
            return body
        return None

    def level(self):
        """Waits until all have what ingest has."""
        commit = self.ask("ingest", "HEALTH", {})["commit"]
        for service in SERVICES[1:]:
            self.until(service + " follows", lambda: self.ask(
                service, "HEALTH", {})["commit"] >= commit)

    def query(self, what, arguments, service="aggregate"):
        """All rows, page after page."""
        after, rows = None, []
        while True:
            body = {"what": what, "args": arguments, "max": 10000}
            if after is not None:
                body["after"] = after
            answer = self.ask(service, "QUERY", body)
            assert answer is not None, "no answer to " + what
            rows += answer["rows"]
            after = answer.get("next")
            if after is None:
                return rows

    @staticmethod
    def number(value):
        """A decimal of an answer, mantissa and exponent, or a whole number."""
        if isinstance(value, list):
            mantissa, exponent = value
            return Fraction(mantissa) * Fraction(10) ** exponent
        return Fraction(value)

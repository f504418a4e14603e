"""A receiver of posts that answers as it is told.

receiver.py [--cert FILE --key FILE] [--log FILE] [--modes FILE] [--port N]

Prints its port, then serves until standard input ends. What is answered is the mode:
the last part of the path, or, if the file of modes is there, what it says for the first
part of the path ("NAME MODE" a line, read at each request). Each request is a line of
JSON in the log: path, mode, connection (their number), headers, body, time.

Modes: a number (that status; 301 with a Location here, 429 with Retry-After: 2),
after-N (429, Retry-After: N), date-N (429, Retry-After as the date in N seconds),
hang, drip (a byte of the head every 20 ms), drip-body (of the body, behind a 200),
huge (200 and a gigabyte), huge-head (a head without end), reset, close.
"""

import argparse
import email.utils
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GIGABYTE = 1 << 30


class Receiver(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    connections = 0

    def __init__(self, options):
        super().__init__(("127.0.0.1", options.port), Handler)
        self.options = options
        self.lock = threading.Lock()
        self.log = open(options.log, "a", buffering=1) if options.log else None
        self.tls = None
        if options.cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(options.cert, options.key)

    def finish_request(self, request, address):
        """In the thread of the connection: a bad handshake ends that one only."""
        if self.tls:
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, address)

    def handle_error(self, request, address):
        pass  # a client that goes away is what is tested

    def mode(self, path):
        parts = path.strip("/").split("/")
        try:
            with open(self.options.modes) as file:
                modes = dict(line.split() for line in file)
            return modes.get(parts[0], "200")
        except (OSError, TypeError):
            return parts[-1]

    def note(self, **line):
        if self.log:
            with self.lock:
                self.log.write(json.dumps(line) + "\n")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.server.lock:
            self.server.connections += 1
            self.number = self.server.connections

    def log_message(self, *_):
        pass

    def status(self, code, *headers, body=b""):
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        if code != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if code != 204:
            self.wfile.write(body)

    def raw(self, pieces, pause=0.0):
        """Bytes as they are, until they or the client end."""
        self.close_connection = True
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            if pause:
                time.sleep(pause)

    def do_hang(self):
        self.close_connection = True
        self.connection.recv(1)

    def do_drip(self):
        head = b"HTTP/1.1 200 OK\r\nX-Filler: "
        self.raw((bytes([b]) for b in head + b"x" * 4000), 0.02)

    def do_drip_body(self):
        self.raw([b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"])
        self.raw((b"x" for _ in range(4000)), 0.02)

    def do_huge(self):
        head = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % GIGABYTE
        self.raw([head.encode()])
        sent, block = 0, b"x" * 65536
        try:
            while sent < GIGABYTE:
                self.raw([block])
                sent += len(block)
        finally:
            self.server.note(path=self.path, mode="huge-sent", sent=sent)

    def do_huge_head(self):
        self.raw([b"HTTP/1.1 200 OK\r\n"])
        for i in range(1 << 20):
            self.raw([b"X-Filler-%d: %s\r\n" % (i, b"x" * 1000)])

    def do_reset(self):
        self.close_connection = True
        self.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def do_close(self):
        self.close_connection = True

    def answer(self, mode):
        word, _, number = mode.partition("-")
        if mode == "301":
            self.status(301, ("Location", "/followed/200"))
        elif mode == "429":
            self.status(429, ("Retry-After", "2"))
        elif word == "after":
            self.status(429, ("Retry-After", number))
        elif word == "date":
            at = email.utils.formatdate(time.time() + int(number), usegmt=True)
            self.status(429, ("Retry-After", at))
        elif mode.isdigit():
            self.status(int(mode), body=b"{}")
        else:
            getattr(self, "do_" + mode.replace("-", "_"))()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mode = self.server.mode(self.path)
        self.server.note(
            path=self.path, mode=mode, connection=self.number,
            headers={k.lower(): v for k, v in self.headers.items()},
            body=body.decode("utf-8", "replace"), time=time.time())
        self.answer(mode)


def main():
    parser = argparse.ArgumentParser()
    for name in ("cert", "key", "log", "modes"):
        parser.add_argument("--" + name)
    parser.add_argument("--port", type=int, default=0)
    server = Receiver(parser.parse_args())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # In one write: whoever started this reads no more than a line.
    os.write(1, b"%d\n" % server.server_address[1])
    sys.stdin.read()
    os._exit(0)


main()

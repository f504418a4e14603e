#!/bin/sh
# A client written from proto/WIRE.md alone, in another language with other
# libraries: HELLO, a batch of its own making, the same again, a row refused,
# and the journal read back with its chain of commits.
set -eu
cd "$(dirname "$0")/../.."
exec /usr/bin/python3 - "${B:-build}" <<'PY'
import ctypes, os, signal, subprocess, sys, tempfile, time

import msgpack
import zmq

bin_dir = os.path.join(sys.argv[1], "bin")
tmp = tempfile.mkdtemp(prefix="tiendo-")
data = os.path.join(tmp, "data")
libc = ctypes.CDLL(None)


def die_with_parent():
    libc.prctl(1, signal.SIGKILL)


log = open(os.path.join(tmp, "log"), "w")
ingest = subprocess.Popen(
    [os.path.join(bin_dir, "tiendo-ingest"), "--data", data, "--admin", ""],
    preexec_fn=die_with_parent, stderr=log)
passed = failed = 0
context = zmq.Context()
dealer = context.socket(zmq.DEALER)
dealer.linger = 0
dealer.reconnect_ivl = 20
dealer.connect("ipc://%s/run/ingest.sock" % data)
last_id = 0


def ask(kind, body):
    """One request; type and body of its answer, and the frames behind it."""
    global last_id
    last_id += 1
    dealer.send(msgpack.packb([1, kind, last_id, body]))
    if not dealer.poll(10000):
        raise AssertionError("no answer to " + kind)
    frames = dealer.recv_multipart()
    version, kind, number, body = msgpack.unpackb(frames[0])
    assert (version, number) == (1, last_id), (version, number)
    return kind, body, frames[1:]


def check(story, condition, seen=None):
    global passed, failed
    passed, failed = passed + bool(condition), failed + (not condition)
    if not condition:
        print("failed: %s: %r" % (story, seen))


def uvarint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def commit(packed):
    """Number, count, prev, link and records of a packed commit."""
    at, head = 0, []
    for _ in range(4):
        value, at = uvarint(packed, at)
        head.append(value)
    prev, digest, link = (packed[at + i:at + i + 8] for i in (0, 8, 16))
    at, records = at + 24, []
    while at < len(packed):
        length, at = uvarint(packed, at)
        records.append(packed[at:at + length])
        at += length
    return head[0], head[3], prev, link, records


def run():
    kind, state, _ = ask("HEALTH", {})
    check("health", kind == "STATE" and state["service"] == "ingest", state)
    subprocess.run([os.path.join(bin_dir, "tiendo"), "catalogue", "apply",
                    "tests/data/catalogue-load", "--data", data],
                   check=True, stdout=log, stderr=log)
    kind, ready, _ = ask("HELLO", {"producer": "python", "epoch": 1})
    check("hello", kind == "READY" and ready["epoch"] == 1, ready)
    batch = {"producer": "python", "epoch": 1, "sequence": 1,
             "source": "office", "flags": 0,
             "dictionary": ["water", "c10", "2020", "roads3", "2021-Q2",
                            "nowhere"],
             "rows": [[0, 1, 2, None, 812, 1000], [3, 1, 4, [125, -1]],
                      [3, 5, 4, 7]]}
    kind, ack, _ = ask("BATCH", batch)
    check("batch", kind == "ACK" and ack["accepted"] == 2 and
          ack["rejected"] == 1 and ack["duplicate"] == 0, ack)
    check("row error", ack.get("errors") ==
          [[2, "unknown_unit", "unit", "nowhere"]], ack)
    kind, again, _ = ask("BATCH", batch)
    check("again", kind == "ACK" and again["duplicate"] == 2 and
          again["commit"] == ack["commit"], again)
    batch["rows"] = batch["rows"][:1]
    kind, nack, _ = ask("BATCH", batch)
    check("reused", kind == "NACK" and nack["code"] == "sequence_reused" and
          nack["retry_ms"] == 0, nack)
    kind, body, frames = ask("FETCH", {"log": 0, "generation": 0, "from": 1,
                                       "max_bytes": 1 << 20, "wait_ms": 0})
    check("fetch", kind == "COMMITS" and body["n"] == len(frames) ==
          ack["commit"], body)
    link = bytes(8)
    blocks = []
    for i, packed in enumerate(frames):
        number, count, prev, after, records = commit(packed)
        check("chain", number == i + 1 and prev == link and
              count == len(records), number)
        link = after
        blocks += [(number, r) for r in records if r[:2] == b"\1\1"]
    check("block", len(blocks) == 1 and blocks[0][0] == ack["commit"] and
          blocks[0][1][2:10] == b"\6python\1", blocks)


try:
    run()
except Exception as wrong:  # counted and told like any other failure
    check("run", False, wrong)
finally:
    ingest.kill()
    ingest.wait()
    if failed:
        print(open(log.name).read())
    subprocess.run(["rm", "-rf", tmp])
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
PY

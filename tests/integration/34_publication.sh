#!/bin/sh
# Publication day: one commit that moves 34 provinces by 6 targets is one POST a webhook;
# ten years loaded with --backfill tell the end state alone; 10,000 transitions while a
# webhook refuses come in order, while another has them on time.
set -eu
cd "$(dirname "$0")/../.."
exec /usr/bin/python3 -B - "${B:-build}" <<'PY'
import os
import sys
import time
from collections import defaultdict

sys.path.insert(0, os.path.join("tests", "lib"))
from system import System
import told

PROVINCES, TARGETS, YEARS = 34, 6, 10
ALL = PROVINCES * TARGETS
REVISIONS = 50  # of all figures: more than 10,000 transitions
OUTAGE_S = 6

tiendo = System(os.path.join(sys.argv[1], "bin"))
check, until = tiendo.check, tiendo.until
land = told.Country(tiendo, PROVINCES, TARGETS, told.RULES[:1])
receiver = told.Receiver(tiendo)
tiendo.environment.update(
    TIENDO_ALERT_WEBHOOK="first=%s second=%s" % (
        receiver.url("first"), receiver.url("second")),
    TIENDO_ALERT_SINK_RETRY_MAX="500ms")
SINKS = ("first", "second")
EVERY = [(u, i) for u in land.units for i in land.indicators]


def odd(unit, indicator):
    """Half of them."""
    return (int(unit[1:]) + int(indicator[1:])) % 2


def key(alert):
    labels = alert["labels"]
    return labels["target"], labels["unit"], labels["severity"]


def told_to(sink, since=0):
    return [p for p in receiver.posts(sink) if p["mode"] == "200"][since:]


def backfill():
    """Every figure of every year, good and bad in turn; at the end half are bad."""
    figures = []
    for back in range(12 * YEARS + 1, 1, -1):
        figures += [(u, i, told.month(back),
                     told.BEHIND if (back + odd(u, i)) % 2 else told.GOOD)
                    for u, i in EVERY]
    done = land.send(figures, "--backfill")
    check("ten years are taken", done["accepted"] == len(figures), done)
    tiendo.level()
    want = {("t-" + i, u, "warning") for u, i in EVERY if odd(u, i)}
    check("half of the targets are behind", land.open() == want)
    for sink in SINKS:
        until("%s is told" % sink, lambda: receiver.alerts(sink))
    return want


def publication(behind):
    """One strict file, after which those that were behind are not, and the others are."""
    for sink in SINKS:
        alerts = receiver.alerts(sink)
        check("%s: of ten years the end state" % sink,
              {key(a) for a in alerts} == behind and
              len(alerts) == len(behind) and
              all(a["status"] == "firing" for a in alerts), len(alerts))
    before = {s: len(told_to(s)) for s in SINKS}
    land.send([(u, i, told.month(1), told.GOOD if odd(u, i) else told.BEHIND)
               for u, i in EVERY], "--strict")
    for sink in SINKS:
        until("%s is told" % sink, lambda: len(told_to(sink)) > before[sink])
    # One more: whatever else had to be said was said before.
    land.send([("p01", "i1", told.month(1),
                told.BEHIND if odd("p01", "i1") else told.GOOD)])
    for sink in SINKS:
        until("%s is told of one more" % sink, lambda: len(
            told_to(sink, before[sink])[-1]["alerts"]) == 1)
        posts = told_to(sink, before[sink])
        check("%s: the day is one POST" % sink, len(posts) == 2,
              [len(p["alerts"]) for p in posts])
        alerts = posts[0]["alerts"]
        check("%s: of all alerts" % sink, len(alerts) == ALL and
              {key(a) for a in alerts if a["status"] == "resolved"} == behind,
              len(alerts))


def outage():
    """All figures are revised again and again, good and bad in turn."""
    before = {s: len(told_to(s)) for s in SINKS}
    land.send([(u, i, told.month(1), told.GOOD) for u, i in EVERY], "--strict")
    for sink in SINKS:
        until("%s is told of a good day" % sink, lambda: any(
            told_to(sink, before[sink])))
    before = {s: len(told_to(s)) for s in SINKS}
    receiver.mode(first=503)
    began = time.monotonic()
    for n in range(REVISIONS):
        land.send([(u, i, told.month(1), told.GOOD if n % 2 else told.BEHIND)
                   for u, i in EVERY], "--strict")
    until("the other sink has all", lambda: len(
        told_to("second", before["second"])) == REVISIONS)
    took = time.monotonic() - began
    check("the sink that refuses has none",
          not told_to("first", before["first"]))
    check("and was tried",
          any(p["mode"] == "503" for p in receiver.posts("first")))
    until("the outage ends", lambda: time.monotonic() - began > OUTAGE_S)
    receiver.mode()
    until("the sink that refused has all", lambda: len(
        told_to("first", before["first"])) >= REVISIONS)
    print("# %.1f s for %d transitions, %.1f s more for those that waited" % (
        took, REVISIONS * ALL, time.monotonic() - began - max(took, OUTAGE_S)))
    for sink in SINKS:
        ordered(sink, told_to(sink, before[sink]))


def ordered(sink, posts):
    said = defaultdict(list)
    for post in posts:
        for alert in post["alerts"]:
            said[alert["fingerprint"]].append(alert["status"])
    ids = [p["headers"]["x-tiendo-delivery"] for p in posts]
    check("%s: every alert has its transitions" % sink, len(said) == ALL and
          sum(map(len, said.values())) == REVISIONS * ALL,
          (len(said), sum(map(len, said.values()))))
    check("%s: in order" % sink, all(
        s == ["firing", "resolved"] * (REVISIONS // 2) for s in said.values()))
    check("%s: each once" % sink, len(set(ids)) == len(ids) == REVISIONS,
          len(ids))


def story():
    land.apply()
    land.command("programme", "enable", "pr")
    tiendo.level()
    publication(backfill())
    outage()
    code, text = tiendo.run("dead", "list")
    check("no dead letters", code == 0 and text.strip() == "", text)


try:
    tiendo.tell(story)
finally:
    receiver.close()
PY

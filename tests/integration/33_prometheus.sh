#!/bin/sh
# Debian's Prometheus and Alertmanager with the files of deploy/, but for ports and times:
# the daemons are scraped; one that is killed is TiendoDown at the operations receiver,
# a target that is missed is at the programme's, the heartbeat at the watchdog's.
set -eu
cd "$(dirname "$0")/../.."
exec /usr/bin/python3 -B - "${B:-build}" <<'PY'
import os
import re
import sys

sys.path.insert(0, os.path.join("tests", "lib"))
from system import SERVICES, System
import told

tiendo = System(os.path.join(sys.argv[1], "bin"))
check, until = tiendo.check, tiendo.until
land = told.Country(tiendo, 2, 1)
daemons = told.Supervised(tiendo)
receiver = told.Receiver(tiendo)
admin = {s: "127.0.0.1:%d" % told.free_port() for s in SERVICES}


def changed(path, *changes):
    """A file of deploy/ with ports and times of the test; each change must do
    something."""
    with open(os.path.join("deploy", path)) as file:
        text = file.read()
    for old, new in changes:
        text, n = re.subn(old, new, text)
        assert n > 0, (path, old)
    return text


am = told.Alertmanager(tiendo, "am", changed(
    "alertmanager/alertmanager.yml",
    ("http://127.0.0.1:5001", receiver.url("")[:-1]),
    ("group_wait: 10s", "group_wait: 0s"),
    ("group_interval: 1m", "group_interval: 200ms")))
rules = land.file("tiendo.rules.yml", changed(
    "prometheus/tiendo.rules.yml", (r"for: \d+[mh]", "for: 1s")).splitlines())
prometheus = told.Prometheus(tiendo, land.file("prometheus.yml", changed(
    "prometheus/prometheus.yml",
    (r"(scrape|evaluation)_interval: \d+s", r"\1_interval: 500ms"),
    ("127.0.0.1:9093", am.url()[7:]),
    ("127.0.0.1:9550", admin["ingest"]),
    ("127.0.0.1:9560", admin["aggregate"]),
    ("127.0.0.1:9570", admin["alert"])).splitlines()))
tiendo.environment.update(
    {"TIENDO_%s_ADMIN" % s.upper(): admin[s] for s in SERVICES},
    TIENDO_ALERT_ALERTMANAGER=am.url(), TIENDO_ALERT_SINK_RESEND="1s")


def scraped():
    until("Prometheus has scraped all three", lambda: prometheus.value(
        'sum(up{job="tiendo"})') == 3)
    for service in SERVICES:
        check(service + " is ready", prometheus.value(
            'tiendo_ready{service="%s"}' % service) == 1)
    commit = tiendo.ask("ingest", "HEALTH", {})["commit"]
    until("and has their commits", lambda: prometheus.value(
        "min(tiendo_commit)") == commit)
    until("and verdicts as gauges", lambda: prometheus.value(
        'up{job="tiendo-targets"}') == 1 and prometheus.value(
        'count({job="tiendo-targets", unit="p01", target="t-i1"})'))
    # Others may wait for figures that a fresh machine has none of.
    check("nobody is down", "TiendoDown" not in [
        a["alertname"] for a in prometheus.firing()], prometheus.firing())


def reaches(name, status, **labels):
    """A receiver was told of an alert with these labels."""
    def was():
        return any(a["status"] == status and
                   labels.items() <= a["labels"].items()
                   for p in receiver.all(name) for a in p["alerts"])
    until("%s hears %s of %s" % (name, status, labels), was)
    tiendo.passed += 1


def target():
    land.command("programme", "enable", "pr")
    land.send([("p01", "i1", told.month(1), told.BEHIND)])
    reaches("programme", "firing", alertname="TiendoTarget", unit="p01",
            audience="programme")
    reaches("watchdog", "firing", alertname="TiendoWatchdog")


def down(service):
    daemons.hold(service)
    until("Prometheus fires", lambda: any(
        a["alertname"] == "TiendoDown" and a["service"] == service
        for a in prometheus.firing()))
    alert = dict(alertname="TiendoDown", service=service, audience="operations",
                 severity="critical")
    until("Alertmanager has it", lambda: any(
        alert.items() <= a["labels"].items()
        for a in am.alerts("TiendoDown") or []))
    reaches("operations", "firing", **alert)
    daemons.release()
    reaches("operations", "resolved", **alert)


def to_each_its_own():
    """No receiver was told what is another's."""
    for name in ("programme", "operations", "data", "watchdog"):
        audiences = {a["labels"].get("audience") for p in receiver.posts(name)
                     for a in p["alerts"]}
        check("what %s hears is its own" % name, audiences <= {name}, audiences)
    check("nobody else sees the watchdog", not any(
        receiver.watchdogs(n) for n in ("programme", "operations", "data")))


def story():
    am.start()
    prometheus.start()
    until("both answer", lambda: am.open() is not None and
          prometheus.value("vector(1)") == 1)
    land.apply()
    land.send([("p02", "i1", told.month(1), told.GOOD)])
    scraped()
    target()
    for service in SERVICES:
        down(service)
    land.send([("p01", "i1", told.month(1), told.GOOD)])
    reaches("programme", "resolved", alertname="TiendoTarget", unit="p01")
    to_each_its_own()


try:
    tiendo.tell(story)
finally:
    prometheus.kill()
    am.kill()
    receiver.close()
PY

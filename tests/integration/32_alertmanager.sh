#!/bin/sh
# Debian's Alertmanager is told what fires: labels, words, severity, resolves and why;
# after kill -9 of either side at every step it has what `tiendo alerts` says; while
# alert is gone nothing resolves but the watchdog; a second Alertmanager may be down.
set -eu
cd "$(dirname "$0")/../.."
exec /usr/bin/python3 -B - "${B:-build}" <<'PY'
import os
import sys
import time

sys.path.insert(0, os.path.join("tests", "lib"))
from system import SERVICES, System
import told

RESEND_S = 1
NOBODY_THERE = 69  # exit code
LABELS = {"alertname", "programme", "target", "indicator", "unit", "level", "map",
          "severity", "audience"}
CONFIG = """\
route:
  receiver: all
  group_by: [alertname, target, unit, severity]
  group_wait: 0s
  group_interval: 100ms
  repeat_interval: 1h
receivers:
- name: all
  webhook_configs:
  - url: %s
    send_resolved: true
"""

tiendo = System(os.path.join(sys.argv[1], "bin"))
check, until = tiendo.check, tiendo.until
land = told.Country(tiendo, 4, 1)
daemons = told.Supervised(tiendo)
receiver = told.Receiver(tiendo)
am = told.Alertmanager(tiendo, "am", CONFIG % receiver.url("first"))
late = told.Alertmanager(tiendo, "late", CONFIG % receiver.url("late"))
tiendo.environment.update(
    TIENDO_ALERT_ALERTMANAGER="am=%s late=%s" % (am.url(), late.url()),
    TIENDO_ALERT_SINK_RESEND="%ds" % RESEND_S,
    TIENDO_ALERT_SINK_RETRY_MAX="1s")
NOW, BEFORE = told.month(1), told.month(2)


def figure(unit, value, month=NOW):
    land.send([(unit, "i1", month, value)])


def keys(**severities):
    """p01="warning critical" -> what `open` has of it."""
    return {("t-i1", unit, s) for unit, all in severities.items()
            for s in all.split()}


def settles(story, want, peer=am):
    """Tiendo and the Alertmanager both have it."""
    took = told.seconds(lambda: peer.open() == want)
    check(story, took is not None and land.open() == want,
          (want, peer.open(), land.open()))


def one(unit, severity):
    """As the Alertmanager has it."""
    alerts = [a for a in am.alerts() if a["labels"]["unit"] == unit and
              a["labels"]["severity"] == severity]
    assert len(alerts) == 1, alerts
    return alerts[0]


def resolved(unit, severity, since=0):
    """Those that the receiver was told of."""
    return [a for a in receiver.alerts("first")[since:]
            if a["status"] == "resolved" and a["labels"].get("unit") == unit and
            a["labels"]["severity"] == severity]


def rounds(n=2):
    """So many repetitions of the state have come in."""
    was = [None]

    def next_():
        dogs = am.alerts("TiendoWatchdog")
        at = dogs and dogs[0]["updatedAt"]
        moved = at and at != was[0]
        was[0] = at or was[0]
        return moved

    for _ in range(n + 1):
        until("the watchdog is repeated", next_)


def enabled_only():
    figure("p01", told.BEHIND)
    tiendo.level()
    check("the alert is open", land.open() == keys(p01="warning"), land.open())
    rounds()
    check("a programme that isn't enabled tells nothing", am.open() == set(),
          am.open())
    land.command("programme", "enable", "pr")
    settles("enabled it is told", keys(p01="warning"))


def firing():
    alert = one("p01", "warning")
    labels = alert["labels"]
    check("labels and nothing else", set(labels) == LABELS, labels)
    want = {"alertname": "TiendoTarget", "programme": "pr", "target": "t-i1",
            "indicator": "i1", "unit": "p01", "level": "province", "map": "m",
            "severity": "warning", "audience": "programme"}
    check("each as it is declared", labels == want, labels)
    words = alert["annotations"]
    check("words in Vietnamese and English",
          "chậm tiến độ: Tỉnh p01" in words["summary_vi"] and
          "behind: " in words["summary"] and words["description"] != "" and
          words["description_vi"] != "", words)
    check("verdict, value, target, period", words["verdict"] == "behind" and
          words["value"].startswith("35.") and words["period"] == NOW and
          words["target"] != "", words)
    ends = told.time_of(alert["endsAt"]) - time.time()
    check("it ends three days from now", 71 * 3600 < ends <= 72 * 3600, ends)
    return alert


def updated(before):
    figure("p01", told.BEHIND + 1)
    took = told.seconds(lambda: one("p01", "warning")["annotations"]["value"]
                        .startswith("36."))
    after = one("p01", "warning")
    check("another figure, other words", took is not None, after)
    check("and the same fingerprint",
          after["fingerprint"] == before["fingerprint"], after)
    check("and the same begin", after["startsAt"] == before["startsAt"], after)


def severity():
    figure("p01", told.WORSE)
    settles("a critical alert fires beside", keys(p01="warning critical"))
    check("to another audience",
          one("p01", "critical")["labels"]["audience"] == "operations")


def resolves():
    figure("p01", told.GOOD)
    settles("a corrected figure resolves both", set())
    until("the receiver is told", lambda: resolved("p01", "warning") and
          resolved("p01", "critical"))
    words = resolved("p01", "warning")[-1]["annotations"]
    check("and why: revised", words["reason"].startswith("revised"), words)
    figure("p02", told.BEHIND, BEFORE)
    settles("another province falls behind", keys(p02="warning"))
    figure("p02", told.GOOD)
    settles("its next figure resolves it", set())
    until("the receiver is told", lambda: resolved("p02", "warning"))
    words = resolved("p02", "warning")[-1]["annotations"]
    check("and why: recovered", words["reason"].startswith("recovered"), words)


def disabled():
    figure("p02", told.BEHIND)
    settles("fires again", keys(p02="warning"))
    land.command("programme", "disable", "pr")
    took = told.seconds(lambda: am.open() == set())
    check("a disabled programme's alerts resolve", took is not None, am.open())
    check("and stay open for us", land.open() == keys(p02="warning"))
    land.command("programme", "enable", "pr")
    settles("enabled they fire again", keys(p02="warning"))
    figure("p02", told.GOOD)
    settles("and resolve", set())


STEPS = [(told.BEHIND, "warning"), (told.WORSE, "warning critical"),
         (told.BEHIND, "warning"), (told.GOOD, "")]


def killed(victim):
    if victim == "alertmanager":
        am.kill()
        am.start()
    else:
        daemons.kill(victim)


def kills():
    """Figures are on their way; at another moment each time."""
    figure("p04", told.WORSE)
    settles("one that stays", keys(p04="warning critical"))
    for n, victim in enumerate((*SERVICES, "alertmanager")):
        for m, (value, severities) in enumerate(STEPS):
            path = land.figures([("p03", "i1", NOW, value)])
            send = land.sending(path)
            time.sleep((n + m) % 4 * 0.01)
            killed(victim)
            if send.wait() == NOBODY_THERE:
                until("the file is taken", lambda:
                      land.sending(path).wait() == 0)
            settles("kill -9 of %s at step %d" % (victim, m),
                    keys(p03=severities, p04="warning critical"))
    figure("p04", told.GOOD)
    settles("it resolves too", set())


def gone():
    """Longer than the watchdog lives. An Alertmanager's own clock can't be moved:
    that its alerts end in days says that nothing else ends them."""
    figure("p01", told.WORSE)
    settles("two fire", keys(p01="warning critical"))
    rounds(1)
    since = len(receiver.alerts("first"))
    daemons.hold("alert")
    took = told.seconds(lambda: am.alerts("TiendoWatchdog") == [])
    check("alert is gone: the watchdog resolves", took is not None)
    until("the receiver is told so", lambda: any(
        a["status"] == "resolved" for p in receiver.watchdogs("first")
        for a in p["alerts"]))
    check("and nothing else", am.open() == keys(p01="warning critical") and
          not resolved("p01", "warning", since), am.open())
    ends = [told.time_of(a["endsAt"]) - time.time() for a in am.alerts()]
    check("nor for days", min(ends) > 71 * 3600, ends)
    daemons.release()
    until("alert is back", lambda: am.alerts("TiendoWatchdog"))
    settles("as before", keys(p01="warning critical"))


def ingest_gone():
    """Alert itself is ready: what it has holds, but nothing new would come."""
    daemons.hold("ingest")
    took = told.seconds(lambda: am.alerts("TiendoWatchdog") == [])
    check("ingest alone is gone: the watchdog resolves", took is not None)
    check("what fires goes on firing", am.open() == keys(
        p01="warning critical"), am.open())
    check("alert answers", land.open() == keys(p01="warning critical"))
    daemons.release()
    took = told.seconds(lambda: am.alerts("TiendoWatchdog"))
    check("ingest is back: so is the watchdog", took is not None)


def second():
    """Until now the second one was down."""
    took = told.seconds(lambda: figure("p02", told.BEHIND) or am.open() == keys(
        p01="warning critical", p02="warning"), 5)
    check("the first one is on time while the second is down",
          took is not None and took < 5, took)
    late.start()
    settles("the second one, started, has it all",
            keys(p01="warning critical", p02="warning"), late)
    am.kill()
    figure("p01", told.GOOD)
    settles("and goes on while the first is down", keys(p02="warning"), late)
    am.start()
    settles("which then has it too", keys(p02="warning"))


def story():
    am.start()
    until("Alertmanager answers", lambda: am.open() is not None)
    land.apply()
    enabled_only()
    updated(firing())
    for part in (severity, resolves, disabled, kills, gone, ingest_gone, second):
        began = time.monotonic()
        part()
        print("# %s: %.1f s" % (part.__name__, time.monotonic() - began))


try:
    tiendo.tell(story)
finally:
    am.kill()
    late.kill()
    receiver.close()
PY

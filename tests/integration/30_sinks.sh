#!/bin/sh
# Deliveries of the real daemons to receivers that answer as they are told: every way in
# which a receiver can fail ends as it should, and harms nobody but itself; a day of
# silence, let pass by the clock file; dead letters; kill -9 of alert; a full disk, for
# which somebody who may mount is needed.
set -eu
cd "$(dirname "$0")/../.."
apart=
if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
	apart="unshare --mount"
fi
exec $apart /usr/bin/python3 -B - "${B:-build}" "$apart" <<'PY'
import collections
import datetime
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join("tests", "lib"))
from system import SERVICES, System

tiendo = System(os.path.join(sys.argv[1], "bin"))
check, until, bins = tiendo.check, tiendo.until, os.path.join(sys.argv[1], "bin")
today = datetime.date.today()
YEAR = today.year - 1
UNITS = ["p%02d" % i for i in range(8)]
MANY = ["q%02d" % i for i in range(100)]
MODES = os.path.join(tiendo.tmp, "modes")
SECRETS = os.path.join(tiendo.tmp, "secrets")
CLOCK = os.path.join(tiendo.tmp, "clock")
LOG = os.path.join(tiendo.tmp, "alert.log")


# --- a small country ---------------------------------------------------------------

def write(folder, name, *lines):
    path = os.path.join(tiendo.tmp, folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write("".join(line + "\n" for line in lines))
    return path


def catalogue():
    write("cat", "units.csv",
          "unit,code,name,name_en,type,level,valid_from,valid_to",
          "land,,Nước,Country,nation,nation,,",
          *("%s,,Tỉnh %s,Province %s,province,province,," % (u, u, u)
            for u in UNITS + MANY))
    write("cat", "maps.csv", "map,name,name_en,root,kind,valid_from,valid_to",
          "m,Bản đồ,Map,land,grouping,,")
    write("cat", "membership.csv", "map,unit,parent,weight,valid_from,valid_to",
          *("m,%s,land,,," % u for u in UNITS + MANY))
    write("cat", "indicators.csv",
          "indicator,definition,name,name_en,unit_measure,decimals,factor,"
          "direction,scope,counted,of,change_of,change,units,place,time,"
          "accumulation,frequency,min,max,tolerance,min_denominator,jump,"
          "criterion,valid_from,valid_to",
          "poor,,Hộ nghèo,Poor households,%,2,,down,all,households,,,,,none,"
          "last,none,A,0,100,,,,,,")
    write("cat", "reporting.csv",
          "indicator,level_or_unit,map,due_days,grace_days,coverage_floor,"
          "valid_from,valid_to")
    write("cat", "sources.csv",
          "source,name,under,map,indicators,max_status,default_status,rank,"
          "reports", "office,Office,,,*,A,A,1,")
    write("cat", "documents.csv",
          "document,number,date,released,issuer,title,as_printed,cited_in,url",
          "plan,,%d,,Country,Plan,,," % (YEAR - 3))
    folder = os.path.dirname(write(
        "cat", "programmes/p.yaml",
        "programme: plan",
        "name: {vi: \"Kế hoạch\", en: \"Plan\"}",
        "period: {from: %d, to: %d}" % (YEAR - 3, YEAR + 1),
        "targets:",
        "- target: poor",
        "  text: \"at most 10.00 %\"",
        "  document: plan",
        "  in_force_from: %d" % (YEAR - 3),
        "  indicator: poor",
        "  level: province",
        "  map: \"m\"",
        "  kind: level",
        "  at_most: \"10.00\"",
        "  base: {period: %d, value: \"30.00\", document: plan}" % (YEAR - 3),
        "  due: %d" % (YEAR + 1),
        "  path: line",
        "  alerts:",
        "  - {when: [behind, reversing, missed], severity: warning, after: 1, "
        "clear: 1}"))
    code, text = tiendo.run("catalogue", "apply", os.path.dirname(folder))
    assert code == 0, text
    code, text = tiendo.run("programme", "enable", "plan")
    assert code == 0, text


class Country:
    """Each flip of a unit is a transition of its one alert."""

    def __init__(self):
        self.firing = dict.fromkeys(UNITS + MANY, False)
        self.flips = collections.Counter()
        self.n = 0

    def flip(self, *units):
        rows = ["indicator,unit,period,value,released"]
        self.n += 1
        for unit in units:
            self.firing[unit] = not self.firing[unit]
            self.flips[unit] += 1
            # Never the same file twice: it would count as sent again.
            rows.append("poor,%s,%d,%d.%02d,%s" % (
                unit, YEAR, (60 if self.firing[unit] else 1) +
                self.n // 100, self.n % 100, today))
        path = write("files", "%d.csv" % self.n, *rows)
        code, text = tiendo.run("send", "--source", "office", path)
        assert code == 0, text


# --- receivers ----------------------------------------------------------------------

class Receiver:
    def __init__(self, name, cert=None):
        self.log = os.path.join(tiendo.tmp, name + ".log")
        command = ["/usr/bin/python3", "tests/lib/receiver.py", "--log",
                   self.log, "--modes", MODES]
        if cert:
            base = os.path.join(tiendo.tmp, "certs", cert)
            command += ["--cert", base + ".pem", "--key", base + ".key"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.seen, self.at = [], 0

    def posts(self, path=None):
        """All of its log, read on from where it was read last."""
        if os.path.exists(self.log):
            with open(self.log) as file:
                file.seek(self.at)
                for line in iter(file.readline, ""):
                    if not line.endswith("\n"):
                        break
                    self.at += len(line.encode())
                    entry = json.loads(line)
                    if "body" in entry:
                        self.seen.append(Post(entry))
        return [p for p in self.seen if not path or p.path.startswith(path)]


class Post:
    def __init__(self, entry):
        self.path, self.mode = entry["path"], entry["mode"]
        self.headers, self.time = entry["headers"], entry["time"]
        self.text, self.body = entry["body"], json.loads(entry["body"])
        self.id = self.headers.get("x-tiendo-delivery", "")
        alerts = self.body if isinstance(self.body, list) else \
            self.body["alerts"]
        self.alerts = [a for a in alerts
                       if a["labels"]["alertname"] == "TiendoTarget"]

    def told(self):
        return [(a["labels"]["unit"], a["status"]) for a in self.alerts]


modes = {}


def mode(**changed):
    modes.update(changed)
    with open(MODES + ".new", "w") as file:
        file.write("".join("%s %s\n" % m for m in modes.items()))
    os.rename(MODES + ".new", MODES)


# --- daemons ------------------------------------------------------------------------

processes = {}


def start(service, *options):
    environment = dict(tiendo.environment)
    if service == "alert":
        environment.update(TIENDO_ALERT_ADMIN="127.0.0.1:%d" % admin_port,
                           TIENDO_CLOCK_FILE=CLOCK)
    processes[service] = subprocess.Popen(
        [os.path.join(bins, "tiendo-" + service), *options], env=environment,
        stderr=open(os.path.join(tiendo.tmp, service + ".log"), "a"))


def start_alert():
    start("alert",
          "--webhook", "good=http://127.0.0.1:%d/good "
          "bad=http://127.0.0.1:%d/bad expired=https://localhost:%d/expired "
          "signed=https://localhost:%d/signed "
          "nowhere=https://nowhere.invalid/x inside=https://10.255.255.1/x" % (
              plain.port, plain.port, expired.port, signed.port),
          "--alertmanager", "am=http://127.0.0.1:%d/am" % plain.port,
          "--sink-secrets", SECRETS,
          "--sink-ca-file", os.path.join(tiendo.tmp, "certs", "ca.pem"),
          "--sink-timeout", "500ms", "--sink-retry-max", "200ms",
          "--sink-resend", "1s", "--watchdog-every", "24h")
    until("alert is ready", lambda: tiendo.run("health")[0] == 0)


def metrics():
    with urllib.request.urlopen(
            "http://127.0.0.1:%d/metrics" % admin_port) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, value in
            (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def rss_kib():
    with open("/proc/%d/status" % processes["alert"].pid) as file:
        return int(re.search(r"VmRSS:\s*(\d+)", file.read()).group(1))


def letters(sink):
    code, text = tiendo.run("dead", "list", "--sink", sink)
    assert code == 0, text
    return [json.loads(line) for line in text.splitlines() if line[0] == "{"]


def secret(word):
    with open(SECRETS, "w") as file:
        file.write("# of the test\nsigned %s\n" % word)
    os.chmod(SECRETS, 0o600)


# --- the story ----------------------------------------------------------------------

country = Country()


def flip_and_time(*units):
    """A transition; the other sinks have it on time, whatever the bad one does."""
    before = len(plain.posts("/good"))
    country.flip(*units)
    sent = time.time()
    until("the good sink is told", lambda: len(plain.posts("/good")) > before)
    late = plain.posts("/good")[before].time - sent
    check("the good sink is told at once, with %s" % modes["bad"], late < 1,
          late)


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


def until_quiet():
    until("the bad sink's queue is empty", lambda: metrics()[
        'tiendo_sink_queue_length{sink="bad"}'] == 0)


def tried_again(what, retry_ms=0):
    before = len(plain.posts("/bad"))
    mode(bad=what)
    flip_and_time(UNITS[0])
    until("%s: it is tried again" % what,
          lambda: len(plain.posts("/bad")) >= before + 2)
    mode(bad="200")
    until_quiet()
    tries = plain.posts("/bad")[before:]
    check("%s: the same post until it is taken" % what,
          len({p.id for p in tries}) == 1 and len({p.text for p in tries}) == 1,
          [(p.id, p.mode) for p in tries])
    check("%s: then no more" % what,
          [p.mode for p in tries].count("200") == 1 and tries[-1].mode == "200",
          [(p.id, p.mode) for p in tries])
    check("%s: no sooner than it asked" % what, all(
        b.time - a.time >= retry_ms / 1000 - 0.01
        for a, b in zip(tries, tries[1:])), [p.time for p in tries])


def taken_once(what):
    before = len(plain.posts("/bad"))
    mode(bad=what)
    flip_and_time(UNITS[0])
    until("%s: it is told" % what, lambda: len(plain.posts("/bad")) > before)
    until_quiet()
    time.sleep(0.3)
    check("%s: once" % what, len(plain.posts("/bad")) == before + 1)
    mode(bad="200")


def refused_at_once(what, n):
    before = len(plain.posts("/bad"))
    mode(bad=what)
    flip_and_time(UNITS[0])
    until("%s: a dead letter" % what, lambda: len(letters("bad")) == n)
    check("%s: the letter says why" % what,
          letters("bad")[-1]["reason"] == "HTTP " + what, letters("bad"))
    mode(bad="200")
    flip_and_time(UNITS[0])
    until_quiet()
    tries = plain.posts("/bad")[before:]
    check("%s: not again, and what comes behind it is told" % what,
          [p.mode for p in tries] == [what, "200"], [p.mode for p in tries])


def receivers_that_fail():
    for what in ("408", "425", "500", "503", "hang", "drip", "reset", "close",
                 "huge-head"):
        tried_again(what)
    tried_again("429", 2000)
    for what in ("204", "huge", "drip-body"):
        taken_once(what)
    for n, what in enumerate(("301", "400", "413")):
        refused_at_once(what, n + 1)
    check("no redirect was followed", not plain.posts("/followed"))


def letters_of_an_operator():
    for arguments, code in ((["retry", "99", "--sink", "bad"], 64),
                            (["retry", "1"], 64), (["retry", "x"], 64),
                            (["retry", "--sink", "none"], 64),
                            (["forget"], 64), (["list", "1"], 64)):
        check("dead %s is refused" % arguments,
              tiendo.run("dead", *arguments)[0] == code,
              tiendo.run("dead", *arguments))
    for lang, word in (("en", "revised"), ("vi", "được sửa")):
        code, text = tiendo.run("dead", "--lang", lang)
        check("the first alert of each is shown in %s" % lang,
              code == 0 and word in text, text)
    check("they are counted", metrics()[
        'tiendo_sink_dead_letters{sink="bad"}'] == 3, metrics())
    before = len(plain.posts("/bad"))
    number = str(letters("bad")[0]["number"])
    code, text = tiendo.run("dead", "retry", number, "--sink", "bad")
    check("one is told again", code == 0 and '"n":1' in text, (code, text))
    until("it is gone", lambda: len(letters("bad")) == 2)
    check("it was told", len(plain.posts("/bad")) == before + 1)
    code, text = tiendo.run("dead", "drop", "--sink", "bad")
    check("two are dropped", code == 0 and '"n":2' in text, (code, text))
    check("none is left", letters("bad") == [], letters("bad"))
    check("to drop none is no fault", tiendo.run("dead", "drop")[0] == 0)


def signatures():
    def valid(post, word):
        at, mac = re.match(r"t=(\d+),v1=([0-9a-f]{64})$",
                           post.headers["x-tiendo-signature"]).groups()
        return hmac.new(word.encode(), (at + "." + post.text).encode(),
                        hashlib.sha256).hexdigest() == mac

    posts = signed.posts("/signed")
    check("posts are signed", posts and all(valid(p, "one") for p in posts))
    check("others are not", not any("x-tiendo-signature" in p.headers
                                    for p in plain.posts()))
    secret("two")
    processes["alert"].send_signal(signal.SIGHUP)
    until("it is reloaded", lambda: "event=reloaded code=ok" in open(LOG).read())
    flip_and_time(UNITS[1])
    until("it is told", lambda: len(signed.posts("/signed")) > len(posts))
    check("a new secret counts from a reload on",
          valid(signed.posts("/signed")[-1], "two"))
    os.chmod(SECRETS, 0o644)
    processes["alert"].send_signal(signal.SIGHUP)
    until("it is refused",
          lambda: "event=reloaded code=config" in open(LOG).read())
    os.chmod(SECRETS, 0o600)


def a_day_of_silence():
    mode(bad="500")
    before = len(plain.posts("/bad"))
    flip_and_time(UNITS[2])
    until("it is tried", lambda: len(plain.posts("/bad")) >= before + 2)
    check("a failing sink has no dead letters on its first day",
          not any(letters(s) for s in ("bad", "expired", "nowhere", "inside")))
    for wait in ("+23h", "+25h"):
        with open(CLOCK, "w") as file:
            file.write(wait)
        if wait == "+23h":
            time.sleep(1)
            check("nor within it", letters("bad") == [], letters("bad"))
    # A resolver that nobody answers is a timeout.
    for sink, *why in (("bad", "HTTP 500"),
                       ("nowhere", "name not found", "timeout"),
                       ("expired", "certificate not accepted"),
                       ("inside", "address not allowed")):
        until("%s: given up" % sink, lambda: letters(sink))
        check("%s: %s" % (sink, why[0]), {
            row["reason"] for row in letters(sink)} <= set(why), letters(sink))
    check("nobody else gives up",
          not any(letters(s) for s in ("good", "signed")))
    mode(bad="200")
    code, text = tiendo.run("dead", "retry", "--sink", "bad")
    check("all are told again", code == 0, text)
    until("none is left", lambda: letters("bad") == [])


def ten_thousand_while_it_is_down():
    before, held = len(plain.posts("/bad")), rss_kib()
    wanted = ["firing", "resolved"] * 51
    wanted = wanted[country.firing[MANY[0]]:][:100]
    mode(bad="503")
    for _ in range(100):
        country.flip(*MANY)
    tiendo.level()
    until("the queue holds it", lambda: metrics()[
        'tiendo_sink_queue_length{sink="bad"}'] >= 100)
    check("none was taken yet", not any(
        p.mode == "200" for p in plain.posts("/bad")[before:]))
    check("memory is bounded: %d KiB, then %d" % (held, rss_kib()),
          rss_kib() < held + 64 * 1024)
    mode(bad="200")
    until_quiet()
    stories = nothing_lost(plain, "/bad", before)
    check("10,000 transitions while a sink was down: all told, in order", all(
        stories[u] == wanted for u in MANY),
        {u: len(stories[u]) for u in MANY})


def a_full_disk():
    """What waits is told, nothing of it can be kept; with room again all goes on."""
    mode(bad="500", good="500")
    for _ in range(5):
        country.flip(*MANY)
    tiendo.level()
    with open(os.path.join(tiendo.data, "alert", "ballast"), "wb", 0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
        mode(bad="400", good="200")
        for _ in range(100):
            country.flip(*MANY)
            if "no space left" in tiendo.run("health")[1]:
                break
        check("alert says so", "no space left" in tiendo.run("health")[1])
        until("the good sink is told what waited", lambda: metrics()[
            'tiendo_sink_queue_length{sink="good"}'] == 0)
        check("alert goes on", processes["alert"].poll() is None)
        os.unlink(file.name)
    until("alert is ready again", lambda: tiendo.run("health")[0] == 0)
    tiendo.level()
    until("what was refused meanwhile is kept", lambda: letters("bad"))
    mode(bad="200")
    until_quiet()
    code, text = tiendo.run("dead", "drop", "--sink", "bad")
    check("it can be dropped", code == 0, text)


def killed_again_and_again():
    for i in range(40):
        country.flip(*UNITS[3 + i % 2::2])
        if i % 8 == 3:
            mode(bad=("500", "hang", "200")[i % 3])
            processes["alert"].kill()
            processes["alert"].wait()
            start("alert", *processes["alert"].args[1:])
    mode(bad="200")
    tiendo.level()
    until("alert is ready again", lambda: tiendo.run("health")[0] == 0)


def stopped_while_it_waits():
    mode(bad="hang")
    before = len(plain.posts("/bad"))
    flip_and_time(UNITS[0])
    until("a post hangs", lambda: len(plain.posts("/bad")) > before)
    began = time.monotonic()
    processes["alert"].terminate()
    code = processes["alert"].wait()
    check("alert stops at once and in order, whoever hangs",
          code == 0 and time.monotonic() - began < 2,
          (code, time.monotonic() - began))


def nothing_lost(receiver, path, since=0):
    """Each alert's story, as it came first: as many turns as it made, in order."""
    stories, ids, last = collections.defaultdict(list), set(), 0
    for post in receiver.posts(path)[since:]:
        row = re.match(r"[0-9a-f]{16}-(\d+)-\d+-\d+$", post.id)
        if post.id in ids or post.mode != "200" or not row:
            continue
        ids.add(post.id)
        check("%s: commits in order" % path, int(row.group(1)) >= last)
        last = int(row.group(1))
        for unit, status in post.told():
            stories[unit].append(status)
    return stories


def story():
    secret("one")
    start_alert()
    catalogue()
    tiendo.level()
    check("alert listens for sinks", "ready" in open(LOG).read())
    started = rss_kib()
    receivers_that_fail()
    letters_of_an_operator()
    if sys.argv[2]:
        a_full_disk()
    signatures()
    check("memory is bounded: %d KiB, then %d" % (started, rss_kib()),
          rss_kib() < started + 64 * 1024)
    a_day_of_silence()
    ten_thousand_while_it_is_down()
    killed_again_and_again()
    wanted = {u: ["firing", "resolved"] * (n // 2) + ["firing"] * (n % 2)
              for u, n in country.flips.items()}
    for receiver, path in ((plain, "/good"), (signed, "/signed")):
        until("%s has it all" % path, lambda: sum(
            map(len, nothing_lost(receiver, path).values())) >=
            sum(country.flips.values()))
        check("%s: nothing lost, in order" % path,
              dict(nothing_lost(receiver, path)) == wanted,
              (dict(nothing_lost(receiver, path)), wanted))
    until("the bad one hears the end", lambda: {
        u: s for p in plain.posts("/bad") if p.mode == "200"
        for u, s in p.told()} == {
        u: "firing" if f else "resolved" for u, f in country.firing.items()
        if country.flips[u]})
    until("Alertmanager is told the state", lambda: {
        a["labels"]["unit"]: a["endsAt"] > now()
        for p in plain.posts("/am") for a in p.alerts} == {
        u: f for u, f in country.firing.items() if country.flips[u]})
    stopped_while_it_waits()
    log = open(LOG).read()
    for event in ("sink_fails sink=bad", "sink_works sink=good",
                  "dead_letters sink=bad"):
        check("the log says " + event, "event=" + event in log, log[-2000:])
    check("and not each try", log.count("sink_fails sink=nowhere") <= 10,
          log.count("sink_fails sink=nowhere"))


def wrong_starts():
    for options, words in (
            (["--webhook", "http://example.org/x"], "only https"),
            (["--webhook", "a=https://x.org", "--alertmanager",
              "a=http://127.0.0.1"], "two sinks"),
            (["--sink-private-nets", "10.0.0.1/8"], "is not a net"),
            (["--sink-ca-file", "/nowhere"], "No such file"),
            (["--sink-secrets", "/etc/passwd"], "others may read it"),
            (["--external-url", "x"], "external-url")):
        done = subprocess.run(
            [os.path.join(bins, "tiendo-alert"), "--check-config", *options],
            env=tiendo.environment, capture_output=True, text=True)
        check("%s: 78 and one line" % options[0],
              done.returncode == 78 and words in done.stderr and
              done.stderr.count("\n") == 1, done)
    done = subprocess.run(
        [os.path.join(bins, "tiendo-alert"), "--print-config", "--webhook",
         "https://x.org/key"], env=tiendo.environment, capture_output=True,
        text=True)
    check("what may hold a secret isn't printed", "key" not in done.stdout)


with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    admin_port = free.getsockname()[1]
os.mkdir(os.path.join(tiendo.tmp, "certs"))
subprocess.run(["tests/lib/certs.sh", os.path.join(tiendo.tmp, "certs")],
               check=True)
mode(good="200", bad="200", signed="200", expired="200", am="200")
plain, expired = Receiver("plain"), Receiver("expired", "expired")
signed = Receiver("signed", "good")
wrong_starts()
if sys.argv[2]:
    folder = os.path.join(tiendo.data, "alert")
    os.makedirs(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m,mode=700",
                    "alert", folder], check=True)
try:
    for service in SERVICES[:2]:
        start(service)
    tiendo.tell(story, up=False)
finally:
    for process in processes.values():
        process.kill()
    for receiver in (plain, expired, signed):
        receiver.process.kill()
PY

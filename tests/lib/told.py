"""For tests of what is told: a country of provinces whose figures fall behind, and the
peers that are told so, started on free ports: Alertmanager, Prometheus, receivers."""

import ctypes
import datetime
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

INDICATORS = (
    "indicator,definition,name,name_en,unit_measure,decimals,factor,direction,"
    "scope,counted,of,change_of,change,units,place,time,accumulation,frequency,"
    "min,max,tolerance,min_denominator,jump,criterion,valid_from,valid_to")
LIBC = ctypes.CDLL(None)
BASE, GOAL = "2021-01", "2035-12"
# What is at most 10 in 2035 and was 40: what a figure of today is then. The one that
# has grown since fires both rules.
GOOD, BEHIND, WORSE = 12, 35, 45
RULES = ("{when: [behind, reversing], severity: warning}",
         "{when: [reversing], severity: critical, audience: operations}")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def month(back):
    """The month so many before this one; 1 is the last that has ended."""
    day = datetime.datetime.now(datetime.timezone.utc).date()
    n = day.year * 12 + day.month - 1 - back
    return "%04d-%02d" % (n // 12, n % 12 + 1)


class Country:
    """Provinces p01, p02, .. each with one target an indicator: i1, i2, .. and its
    rules."""

    def __init__(self, tiendo, provinces, indicators, rules=RULES):
        self.tiendo, self.n, self.rules = tiendo, 0, rules
        self.units = ["p%02d" % i for i in range(1, provinces + 1)]
        self.indicators = ["i%d" % i for i in range(1, indicators + 1)]

    def file(self, name, lines):
        path = os.path.join(self.tiendo.tmp, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("".join(line + "\n" for line in lines))
        return path

    def target(self, i):
        return ("- {target: t-%s, text: at most 10, document: plan,\n"
                "   in_force_from: 2021, indicator: %s, level: province,\n"
                "   map: m, members: current, kind: level, at_most: \"10\",\n"
                "   base: {period: %s, value: \"40\", document: plan},\n"
                "   due: %s, path: line, margin: \"1\",\n"
                "   alerts: [%s]}" % (i, i, BASE, GOAL, ", ".join(self.rules)))

    def apply(self):
        self.file("cat/units.csv", [
            "unit,code,name,name_en,type,level,valid_from,valid_to",
            "land,,Đất Nước,The Land,,nation,,"] + [
            "%s,,Tỉnh %s,Province %s,,province,," % (u, u, u)
            for u in self.units])
        self.file("cat/maps.csv", [
            "map,name,name_en,root,kind,valid_from,valid_to",
            "m,Địa giới,Borders,land,territory,,"])
        self.file("cat/membership.csv", [
            "map,unit,parent,weight,valid_from,valid_to"] + [
            "m,%s,land,,," % u for u in self.units])
        self.file("cat/indicators.csv", [INDICATORS] + [
            "%s,,Tỷ lệ %s,Rate %s,percent,4,100,down,all,,,,,,none,last,none,"
            "M,0,100,,,,,," % (i, i, i) for i in self.indicators])
        self.file("cat/sources.csv", [
            "source,name,under,map,indicators,max_status,default_status,rank,"
            "reports", "office,Office,,,*,A,A,1,yes"])
        self.file("cat/documents.csv", [
            "document,number,date,released,issuer,title,as_printed,cited_in,"
            "url", "plan,1,2021-01-01,,,Plan,,,"])
        self.file("cat/programmes/pr.yaml", [
            "programme: pr", 'name: {vi: "Chương trình", en: Programme}',
            "period: {from: 2021, to: 2035}", "targets:"] + [
            self.target(i) for i in self.indicators])
        self.command("catalogue", "apply",
                     os.path.join(self.tiendo.tmp, "cat"))

    def command(self, *arguments):
        """What it said; it must succeed."""
        code, text = self.tiendo.run(*arguments)
        assert code == 0, (arguments, text)
        return text

    def figures(self, figures):
        """(unit, indicator, month, value) as a file: what is said twice is never the
        same twice, so that none is taken for an old one."""
        self.n += 1
        return self.file("figures/%d.csv" % self.n, [
            "indicator,unit,period,value"] + [
            "%s,%s,%s,%s.%04d" % (i, u, m, value, self.n)
            for u, i, m, value in figures])

    def send(self, figures, *options):
        return json.loads(self.command(
            "send", "--source", "office", *options,
            self.figures(figures)).splitlines()[-1])

    def sending(self, path):
        """Begun: a process."""
        return subprocess.Popen(
            [self.tiendo.program, "send", "--source", "office", path],
            env=self.tiendo.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def open(self):
        """(target, unit, severity) of what `tiendo alerts` says is open."""
        alerts = [json.loads(line)
                  for line in self.command("alerts").splitlines()]
        return {(a["target"], a["unit"], a["severity"]) for a in alerts}


def is_watchdog(post):
    return post["alerts"][0]["labels"]["alertname"] == "TiendoWatchdog"


class Receiver:
    """tests/lib/receiver.py. A post is answered as `modes` says of the first part of
    its path, with 200 if it says nothing."""

    def __init__(self, tiendo):
        self.log = os.path.join(tiendo.tmp, "posts.log")
        self.modes = os.path.join(tiendo.tmp, "modes")
        self.mode()
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-B", "tests/lib/receiver.py", "--log", self.log,
             "--modes", self.modes],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.read, self.at = [], 0

    def mode(self, **modes):
        """Replaced as a whole, since it is read at any time."""
        with open(self.modes + ".new", "w") as file:
            for name, mode in modes.items():
                file.write("%s %s\n" % (name, mode))
        os.replace(self.modes + ".new", self.modes)

    def url(self, name):
        return "http://127.0.0.1:%d/%s" % (self.port, name)

    def all(self, name):
        with open(self.log) as file:
            file.seek(self.at)
            for line in iter(file.readline, ""):
                if not line.endswith("\n"):
                    break
                self.at += len(line.encode())
                self.read.append(json.loads(line))
                self.read[-1]["alerts"] = json.loads(
                    self.read[-1]["body"])["alerts"]
        return [p for p in self.read if p["path"] == "/" + name]

    def watchdogs(self, name):
        return [p for p in self.all(name) if is_watchdog(p)]

    def posts(self, name):
        """Those with alerts of targets."""
        return [p for p in self.all(name) if not is_watchdog(p)]

    def alerts(self, name):
        return [a for p in self.posts(name) for a in p["alerts"]]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Peer:
    """A program that serves HTTP on a port of its own."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.said = self.folder + ".log"

    def start(self):
        """Returns before it answers."""
        os.makedirs(self.folder, exist_ok=True)
        self.process = subprocess.Popen(
            self.command(), cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=open(self.said, "a"), stderr=subprocess.STDOUT,
            preexec_fn=lambda: LIBC.prctl(1, signal.SIGKILL))

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def get(self, path, **query):
        """None: no answer."""
        url = "http://127.0.0.1:%d%s?%s" % (
            self.port, path, urllib.parse.urlencode(query, doseq=True))
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)
        except (OSError, ValueError, urllib.error.URLError):
            return None

    def url(self):
        return "http://127.0.0.1:%d" % self.port


class Alertmanager(Peer):
    def __init__(self, tiendo, name, config):
        super().__init__(os.path.join(tiendo.tmp, name))
        self.config = self.folder + ".yml"
        with open(self.config, "w") as file:
            file.write(config)

    def command(self):
        return ["/usr/bin/prometheus-alertmanager",
                "--config.file=" + self.config,
                "--storage.path=" + self.folder,
                "--web.listen-address=127.0.0.1:%d" % self.port,
                "--cluster.listen-address=", "--log.level=warn"]

    def kill(self):
        """And all that it remembered."""
        super().kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def alerts(self, name="TiendoTarget"):
        """What it holds to be active; None: it does not answer."""
        alerts = self.get("/api/v2/alerts")
        if alerts is None:
            return None
        return [a for a in alerts if a["labels"]["alertname"] == name]

    def open(self):
        """(target, unit, severity) of those of targets; None: as above."""
        alerts = self.alerts()
        if alerts is None:
            return None
        labels = [a["labels"] for a in alerts]
        return {(a["target"], a["unit"], a["severity"]) for a in labels}


class Prometheus(Peer):
    def __init__(self, tiendo, config):
        super().__init__(os.path.join(tiendo.tmp, "prometheus"))
        self.config = config

    def command(self):
        return ["/usr/bin/prometheus", "--config.file=" + self.config,
                "--storage.tsdb.path=" + self.folder,
                "--web.listen-address=127.0.0.1:%d" % self.port,
                "--log.level=warn"]

    def value(self, query):
        """Of the only sample, as a number; None: there is none."""
        answer = self.get("/api/v1/query", query=query)
        samples = answer and answer["data"]["result"]
        return float(samples[0]["value"][1]) if samples else None

    def firing(self):
        answer = self.get("/api/v1/alerts")
        return [a["labels"] for a in answer["data"]["alerts"]
                if a["state"] == "firing"] if answer else []


class Supervised:
    """The daemons under `tiendo up`: killed, and kept from being started again."""

    def __init__(self, tiendo):
        self.tiendo = tiendo

    def pid(self, service):
        path = "/proc/%d/task/%d/children" % ((self.tiendo.up.pid,) * 2)
        with open(path) as file:
            for pid in file.read().split():
                try:
                    with open("/proc/%s/comm" % pid) as name:
                        if name.read().strip() == ("tiendo-" + service)[:15]:
                            return int(pid)
                except OSError:
                    pass
        return None

    def kill(self, service):
        self.tiendo.until(service + " runs", lambda: self.pid(service))
        pid = self.pid(service)
        os.kill(pid, signal.SIGKILL)

    def hold(self, service):
        """Gone until `release`."""
        self.tiendo.until(service + " runs", lambda: self.pid(service))
        os.kill(self.tiendo.up.pid, signal.SIGSTOP)
        os.kill(self.pid(service), signal.SIGKILL)

    def release(self):
        os.kill(self.tiendo.up.pid, signal.SIGCONT)


def time_of(text):
    """Seconds of an RFC 3339 time."""
    text = text.replace("Z", "+00:00")
    head, _, tail = text.partition(".")
    if tail:
        digits = "".join(c for c in tail if c.isdigit() or c in "+-:")
        at = max(digits.find("+"), digits.find("-"))
        text = head + digits[at:]
    return datetime.datetime.fromisoformat(text).timestamp()


def seconds(true, limit=60):
    """How long it takes until something is true; None: longer than the limit."""
    begin = time.monotonic()
    while not true():
        if time.monotonic() - begin > limit:
            return None
        time.sleep(0.02)
    return time.monotonic() - begin

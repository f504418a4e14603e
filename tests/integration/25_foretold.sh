#!/bin/sh
# A country changes again and again: its map, weights, ranks of sources, duties, decimals,
# targets on series that nobody read. Each time a dry run foretells, the change is applied,
# and what status and alerts then say is what was foretold, and no more.
set -eu
cd "$(dirname "$0")/../.."
exec /usr/bin/python3 -B - "${B:-build}" <<'PY'
import json
import os
import random
import sys
from decimal import Decimal

sys.path.insert(0, os.path.join("tests", "lib"))
import viet_nam as vn
from system import System

SEED = 7
PROVINCES, COMMUNES = 5, 60
MONTHS = ["%d-%02d" % (y, m) for y in range(2021, 2026) for m in range(1, 13)]
RATES, SUMS = 8, 4  # indicators; more figures than are folded again in a turn

tiendo = System(os.path.join(sys.argv[1], "bin"))
check = tiendo.check
rng = random.Random(SEED)


class Country:
    """What is in the files; changed by the story."""

    def __init__(self):
        self.parent = {c: c % PROVINCES for c in range(COMMUNES)}
        self.divided = []  # communes of which two fifths count next door
        self.abolished = []
        self.more_units = []
        self.decimals = {"r%d" % i: 1 for i in range(RATES)}
        self.decimals.update({"s%d" % i: 0 for i in range(SUMS)})
        self.more_indicators = []
        self.ranks = {"office": 1, "press": 2}
        self.floor = ""
        self.duty = "commune"
        self.bound = {"r0": "20", "r1": "18", "s0": "4000"}

    def members(self):
        for c, p in self.parent.items():
            if c in self.divided:
                yield "m", "c%d" % c, "p%d" % p, "600000", "", ""
                yield ("m", "c%d" % c, "p%d" % ((p + 1) % PROVINCES),
                       "400000", "", "")
            else:
                yield "m", "c%d" % c, "p%d" % p, "", "", ""

    def indicators(self):
        header = vn.INDICATORS.splitlines()[0].split(",")
        for name in list(self.decimals) + self.more_indicators:
            rate = name[0] == "r"
            row = {"indicator": name, "name": name, "name_en": name,
                   "unit_measure": "%" if rate else "km",
                   "decimals": self.decimals.get(name, 0),
                   "factor": "100" if rate else "",
                   "direction": "down" if rate else "up", "scope": "all",
                   "place": "ratio" if rate else "sum",
                   "time": "last" if rate else "sum", "accumulation": "none",
                   "frequency": "M"}
            yield [row.get(h, "") for h in header]

    def target(self, indicator, bound):
        rate = indicator[0] == "r"
        return ("- {target: %s, text: as printed, document: d,\n"
                "   in_force_from: 2021, indicator: %s, level: province,\n"
                "   map: m, members: current, kind: level, %s: \"%s\",\n"
                "   base: {period: 2021-01, value: series},\n"
                "   due: 2027-12, path: line, alerts: [{when: [behind,\n"
                "   at-risk, reversing, missed], severity: warning,\n"
                "   after: 1, clear: 1}]}\n" % (
                    indicator, indicator, "at_most" if rate else "at_least",
                    bound))

    def write(self, number):
        path = os.path.join(tiendo.tmp, "catalogue-%s" % number)
        os.makedirs(os.path.join(path, "programmes"))
        vn.write(path, "units.csv",
                 "unit,code,name,name_en,type,level,valid_from,valid_to",
                 [("land", "", "Nước", "Land", "", "nation", "", "")] +
                 [("p%d" % i, "", "Tỉnh %d" % i, "", "", "province", "", "")
                  for i in range(PROVINCES)] +
                 [("c%d" % i, "", "Xã %d" % i, "", "", "commune", "",
                   "2024-12-31" if i in self.abolished else "")
                  for i in range(COMMUNES)] +
                 [(u, "", u, "", "", "commune", "", "")
                  for u in self.more_units])
        vn.write(path, "maps.csv",
                 "map,name,name_en,root,kind,valid_from,valid_to",
                 [("m", "Địa giới", "Borders", "land", "territory", "", "")])
        vn.write(path, "membership.csv",
                 "map,unit,parent,weight,valid_from,valid_to",
                 [("m", "p%d" % i, "land", "", "", "")
                  for i in range(PROVINCES)] + list(self.members()) +
                 [("m", u, "p0", "", "", "") for u in self.more_units])
        vn.write(path, "indicators.csv", vn.INDICATORS.splitlines()[0],
                 list(self.indicators()))
        vn.write(path, "reporting.csv", "indicator,level_or_unit,map,due_days,"
                 "grace_days,coverage_floor,valid_from,valid_to",
                 [("r1", self.duty, "m", 30, 15, self.floor, "", "")])
        vn.write(path, "sources.csv", "source,name,under,map,indicators,"
                 "max_status,default_status,rank,reports",
                 [(s, s, "", "", "*", "A", "A", rank, "yes")
                  for s, rank in self.ranks.items()])
        vn.write(path, "documents.csv", "document,number,date,released,issuer,"
                 "title,as_printed,cited_in,url",
                 [("d", "1", "2021-01-01", "", "", "Plan", "", "", "")])
        with open(os.path.join(path, "programmes", "pr.yaml"), "w",
                  encoding="utf-8") as file:
            file.write("programme: pr\nname: {vi: \"Chương trình\", en: P}\n"
                       "period: {from: 2021, to: 2027}\ntargets:\n" +
                       "".join(self.target(i, b)
                               for i, b in self.bound.items()))
        return path


def send_figures(source, communes, months, high):
    path = os.path.join(tiendo.tmp, source + ".csv")
    n = 0
    with open(path, "w") as file:
        file.write("indicator,unit,period,value,numerator,denominator\n")
        for m, month in enumerate(months):
            for c in communes:
                for i in range(RATES):
                    poor = rng.randrange(200 + 6 * c, high) - 4 * m
                    file.write("r%d,c%d,%s,,%d,%d\n" % (
                        i, c, month, max(poor, 0), rng.randrange(2000, 3000)))
                for i in range(SUMS):
                    file.write("s%d,c%d,%s,%d,,\n" % (
                        i, c, month, rng.randrange(90) + 2 * m))
                n += RATES + SUMS
    code, text = tiendo.run("send", "--source", source, path)
    check("figures are taken", code == 0, text[-300:])
    tiendo.level()
    return n


def lines(*arguments):
    code, text = tiendo.run(*arguments)
    check("%s answers" % arguments[0], code == 0, text[-500:])
    return [json.loads(line, parse_float=Decimal, parse_int=Decimal)
            for line in text.splitlines() if line.startswith("{")]


def said():
    """Verdicts and alerts: what a reader sees of them."""
    if applied == 0:
        return {}, set()
    verdicts = {
        (r["programme"] + "/" + r["target"], r["unit"]):
        (r["verdict"], r.get("reason"), r["period"], r.get("target_value"),
         r.get("value")) for r in lines("status")}
    alerts = {(r["programme"] + "/" + r["target"], r["unit"], r["severity"])
              for r in lines("alerts")}
    return verdicts, alerts


def foretold(command, *options):
    """By pair what the verdict is; which alerts begin or end; other lines."""
    verdicts, alerts, changes = {}, set(), []
    for row in lines(*command, *options):
        key = (row.get("target"), row.get("unit"))
        if row.get("what") == "verdict":
            verdicts[key] = row.get("is") and (
                row["is"], row.get("reason"), row["period"],
                row.get("target_value"), row.get("value"))
        elif row.get("what") == "alert":
            alerts.add((*key, row["severity"]))
        elif row.get("what") == "catalogue":
            changes.append((row["change"], row["kind"], row["id"]))
    return verdicts, alerts, changes


applied = 0


def change(story, country, some=True):
    """Foretells, applies, compares; what was listed."""
    global applied
    path = country.write(applied)
    before, firing = said()
    verdicts, alerts, changes = foretold(
        ("catalogue", "apply", path, "--dry-run"))
    check(story + ": whatif says the same",
          foretold(("whatif", path))[:2] == (verdicts, alerts))
    check(story + ": a dry run keeps nothing", said() == (before, firing))
    code, text = tiendo.run("catalogue", "apply", path)
    assert code == 0, text
    applied += 1
    tiendo.level()
    expected = {k: v for k, v in before.items() if k not in verdicts}
    expected.update((k, v) for k, v in verdicts.items() if v)
    after, now_firing = said()
    wrong = [(k, expected.get(k), after.get(k))
             for k in expected.keys() | after.keys()
             if expected.get(k) != after.get(k)]
    check(story + ": verdicts as foretold", not wrong, wrong)
    check(story + ": alerts as foretold", now_firing == firing ^ alerts,
          now_firing ^ firing ^ alerts)
    check(story + ": something changes", not some or verdicts, verdicts)
    print("# %s: %d verdicts, %d alerts" % (story, len(verdicts), len(alerts)))
    return changes


def many_are_counted(country):
    code, text = tiendo.run("catalogue", "apply", country.write("table"),
                            "--dry-run", "-o", "table")
    table = [line.split() for line in text.splitlines()]
    check("in a table many of a kind are counted", code == 0 and
          ["added", "units", "(%d" % (1 + PROVINCES + COMMUNES), "of", "them)"]
          in table, text[:500])
    check("few are listed", ["added", "sources", "office"] in table and
          ["added", "sources", "press"] in table, text[:500])


def story():
    country = Country()
    many_are_counted(country)
    changes = change("the first catalogue", country)
    check("all is added", {c[0] for c in changes} == {"added"}, changes[:3])
    check("each unit is listed", sum(c[1] == "units" for c in changes) ==
          1 + PROVINCES + COMMUNES)
    n = send_figures("office", range(COMMUNES), MONTHS, 900)
    check("they are folded again in several turns", n > 32768, n)
    send_figures("press", range(0, COMMUNES, 3), MONTHS[-3:], 2000)
    for c in range(0, COMMUNES, 2):
        country.parent[c] = (country.parent[c] + 1) % PROVINCES
    changes = change("communes move", country)
    check("memberships are listed", changes and
          {c[:2] for c in changes} == {("changed", "membership")}, changes[:3])
    country.divided = list(range(1, COMMUNES, 7))
    change("communes are divided", country)
    country.ranks = {"office": 2, "press": 1}
    change("the other source ranks first", country)
    country.decimals["r0"], country.decimals["s0"] = 3, 1
    changes = change("decimals grow", country)
    check("indicators are listed",
          [c[:2] for c in changes] == [("changed", "indicators")] * 2, changes)
    country.floor = "0.99"
    country.more_units = ["new"]
    change("a unit that reports nothing, and a floor", country)
    country.bound["r2"], country.bound["s1"] = "25", "2500"
    change("targets on series that nobody read", country)
    country.bound["r0"] = "22.5"
    del country.bound["r1"]
    change("another number, and a target less", country)
    country.abolished = list(range(4, COMMUNES, 9))
    country.more_indicators = ["s9"]
    country.parent[0] = 3
    country.ranks = {"office": 1, "press": 1}
    country.decimals["r2"] = 2
    country.bound["s0"] = "3000"
    change("all at once", country)
    run = os.listdir(os.path.join(tiendo.data, "run"))
    check("nothing is left behind", not [f for f in run if "scratch" in f],
          run)
    code, text = tiendo.run("verify")
    check("verify finds no difference", code == 0, text)


print("# seed %d" % SEED)
tiendo.tell(story)
PY

#!/bin/sh
# Viet Nam in its real shape, through the real daemons: 10,035 communes become 3,321,
# 63 provinces 34. What the new communes report makes the old provinces' figures,
# what the old ones reported the new provinces'; every roll-up there is, against
# fractions added up by tests/lib/viet_nam.py from the same lists.
#
# The lists are the files TIENDO_TEST_COMMUNES, TIENDO_TEST_COMMUNES_OLD and
# TIENDO_TEST_COMMUNE_MAP; without them a country of the same shape is made.
set -eu
cd "$(dirname "$0")/../.."
exec /usr/bin/python3 -B - "${B:-build}" <<'PY'
import os
import random
import sys
import time

sys.path.insert(0, os.path.join("tests", "lib"))
import viet_nam as vn
from system import System

tiendo = System(os.path.join(sys.argv[1], "bin"))
check = tiendo.check


# --- what is to come out -----------------------------------------------------

def rollups_expected(model):
    rows = {}
    for map_, unit in list(model.children):
        for indicator, periods in vn.PERIODS.items():
            for period in periods:
                found = model.rolled(indicator, map_, unit, period)
                if found.any:
                    rows[indicator, map_, unit, period] = (found.sum,
                                                           found.weight)
    return rows


def rollups_found():
    return {(r["definition"], r["map"], r["unit"], r["period"]):
            (vn.Fraction(r["sum"]), vn.Fraction(r["weight"]))
            for r in tiendo.query("rollups", {})}


def compare(story, model):
    want, found = rollups_expected(model), rollups_found()
    differ = [(k, want.get(k), found.get(k))
              for k in sorted(want.keys() | found.keys())
              if want.get(k) != found.get(k)]
    check("%s: %d of %d roll-ups differ" % (story, len(differ), len(want)),
          not differ, differ[:3])
    return found


def series(unit, map_, indicator):
    return {r["period"]: r for r in tiendo.query(
        "series", {"unit": unit, "map": map_, "indicator": indicator})}


def state_expected(model, indicator, map_, unit, period):
    """released, or open; whoever reports here is official."""
    reported, expected, homeless = model.covered(indicator, map_, unit, period)
    nation = unit == "vn" or unit.startswith("r")
    whole = reported == expected and expected and not (homeless and nation)
    return "released" if whole else "open"


def compare_series(story, model, units, indicators=tuple(vn.PERIODS)):
    """Values as printed, coverage and state of provinces and above."""
    differ, n = [], 0
    for map_, unit in units:
        for indicator in indicators:
            rows = series(unit, map_, indicator)
            for period in vn.PERIODS[indicator]:
                found = model.formed(indicator, map_, unit, period)
                if not found.any:
                    continue
                n += 1
                row = rows.get(period, {})
                covered = model.covered(indicator, map_, unit, period)
                want = (vn.Fraction(vn.published(indicator, found)),
                        found.derived(), covered[0], covered[1],
                        state_expected(model, indicator, map_, unit, period))
                seen = (tiendo.number(row.get("rolled_up", -1)),
                        row.get("derived", False),
                        tiendo.number(row.get("coverage.reporting", -1)),
                        tiendo.number(row.get("coverage.expected", -1)),
                        row.get("state"))
                if want != seen:
                    differ.append((map_, unit, indicator, period,
                                   [str(w) for w in want],
                                   [str(s) for s in seen]))
    check("%s: %d of %d printed figures differ" % (story, len(differ), n),
          not differ and n > 0, differ[:3])


def apply(c, members, name):
    folder = os.path.join(tiendo.tmp, name)
    vn.write_catalogue(folder, c, members)
    code, text = tiendo.run("catalogue", "check", folder)
    check("the catalogue is in order", code == 0, text)
    began = time.monotonic()
    code, text = tiendo.run("catalogue", "apply", folder)
    check("the catalogue is taken", code == 0, text)
    return time.monotonic() - began


def send(figures, name):
    path = os.path.join(tiendo.tmp, name)
    vn.write_figures(path, figures)
    code, text = tiendo.run("send", "--source", "office", path)
    check("all figures are taken", code == 0 and
          '"accepted":%d,' % len(figures) in text, text)
    tiendo.level()


def above(members, map_, unit, day):
    found, left = set(), [unit]
    while left:
        for m in members[map_, left.pop()]:
            if m.holds(day) and m.parent not in found:
                found.add(m.parent)
                left.append(m.parent)
    return found


def the_country(c, real):
    print("# %s: %d + %d communes to %d, %d divided, %d mixed" % (
        "as read" if real else "made", len([u for u in c.old if u[0] == "x"]),
        len([u for u in c.old if u[0] == "d"]), len(c.new), len(c.divided),
        len(c.mixed)))
    check("10,035 communes and five islands become 3,321",
          (len(c.old), len(c.new)) == (10040, 3321), (len(c.old), len(c.new)))
    check("63 provinces become 34",
          (len(c.old_provinces), len(c.new_provinces)) == (63, 34))
    check("471 communes are divided", len(c.divided) == 471, len(c.divided))


def withheld(c, members, figures, units):
    """What was not reported is missing wherever it counts, and only there."""
    some = {k: v for k, v in figures.items() if k[1] not in units}
    model = vn.Model(c, members, some)
    for unit, map_, period in ((units[0], vn.OLD, "2025"),
                               (units[0], vn.NEW, "2025"),
                               (units[1], vn.NEW, "2024"),
                               (units[1], vn.OLD, "2024")):
        over = above(members, map_, unit, vn.last_day(period))
        states = {}
        for m, u in model.children:
            if m == map_ and (u[0] in "opnvr" or u in over):
                row = series(u, map_, "hh").get(period)
                if row:
                    states[u] = row["state"]
        for_it = {u: s for u, s in states.items() if u in over}
        others = {u: s for u, s in states.items() if u not in over}
        check("without %s, %s in map %s: open above it" % (unit, period, map_),
              len(for_it) >= 3 and set(for_it.values()) == {"open"}, for_it)
        check("without %s, %s in map %s: released elsewhere" %
              (unit, period, map_), len(others) > 30 and
              set(others.values()) == {"released"},
              {u: s for u, s in others.items() if s != "released"})
    return model


def reform(c, found):
    """The old provinces at the end of 2025, the new ones in 2024."""
    for indicator in ("hh", "poor"):
        rows = [series(c.old_province(p), vn.OLD, indicator).get("2025", {})
                for p in c.old_provinces]
        exact = [r for r in rows if r.get("state") == "released" and
                 not r.get("derived")]
        derived = [r["unit"] for r in rows if r.get("state") == "released" and
                   r.get("derived")]
        check("%s: all 63 old provinces are complete at the end of 2025" %
              indicator, len(exact) + len(derived) == 63,
              [r for r in rows if r.get("state") != "released"][:3])
        check("%s: 52 of them exact" % indicator, len(exact) == 52, len(exact))
        check("%s: 11 derived, those that new communes lie across" % indicator,
              len(derived) == 11 and set(derived) ==
              {c.old_province(p) for p in c.derived}, sorted(derived))
        rows = [series(c.new_province(p), vn.NEW, indicator).get("2024", {})
                for p in c.new_provinces]
        check("%s: all 34 new provinces are complete and exact in 2024" %
              indicator, len([r for r in rows if r.get("state") == "released"
                              and not r.get("derived")]) == 34, rows[:3])
    for indicator, map_, provinces, period in (
            ("hh", vn.OLD, "old", "2025"), ("poor", vn.OLD, "old", "2025"),
            ("roads", vn.OLD, "old", "2025-Q4"),
            ("hh", vn.NEW, "new", "2024"), ("poor", vn.NEW, "new", "2024"),
            ("roads", vn.NEW, "new", "2024"),
            ("roads", vn.NEW, "new", "2025")):
        names = [c.old_province(p) for p in c.old_provinces] \
            if provinces == "old" else \
            [c.new_province(p) for p in c.new_provinces]
        parts = [found[indicator, map_, u, period] for u in names]
        nation = found[indicator, map_, "vn", period]
        check("%s %s: the %d %s provinces add up to the nation exactly" %
              (indicator, period, len(names), provinces),
              tuple(map(sum, zip(*parts))) == nation)
        if (indicator, period) == ("roads", "2025"):
            continue
        other = vn.NEW if map_ == vn.OLD else vn.OLD
        check("%s %s: the nation is the same in both maps" %
              (indicator, period), found[indicator, other, "vn", period] ==
              nation, nation)


def homeless(c):
    """A new commune without a place in the old map."""
    unit = sorted(c.mixed)[0]
    rng = random.Random(vn.SEED)
    members = vn.memberships(c, rng, without=unit)
    apply(c, members, "without")
    tiendo.level()
    for indicator in ("hh", "poor"):
        for u in ["vn"] + ["ro%d" % i for i in range(1, 7)]:
            row = series(u, vn.OLD, indicator)["2025"]
            check("%s without a place: %s is open in the old map" % (unit, u),
                  row["state"] == "open", row)
        check("its old provinces are not: they do not know of it",
              series(c.old_province(c.old[c.of[unit][0]][3]), vn.OLD,
                     indicator)["2025"]["state"] == "released")
        check("nor the nation in the new map",
              series("vn", vn.NEW, indicator)["2025"]["state"] == "released")
        check("nor in the old map of its own time",
              series("vn", vn.OLD, indicator)["2024"]["state"] == "released")
    return members


def story():
    began = time.monotonic()

    def lap(what):
        print("# %5.1f s %s" % (time.monotonic() - began, what))

    c, real = vn.country()
    the_country(c, real)
    rng = random.Random(vn.SEED)
    members = vn.memberships(c, rng)
    figures = vn.make_figures(c, rng)
    seconds = apply(c, members, "catalogue")
    check("in less than two seconds", seconds < 2, seconds)
    lap("catalogue")

    units = [sorted(c.mixed)[-1], sorted(c.divided)[0]]
    held = {k: v for k, v in figures.items() if k[1] in units}
    send({k: v for k, v in figures.items() if k not in held}, "most.csv")
    lap("figures")
    model = withheld(c, members, figures, units)
    compare("two communes withheld", model)
    upper = [(m, u) for m, u in model.children if u[0] in "opnvr"]
    compare_series("two communes withheld", model, upper, ["hh"])
    lap("withheld")

    send(held, "rest.csv")
    model = vn.Model(c, members, figures)
    whole = compare("all figures", model)
    reform(c, whole)
    lap("all figures")
    some = [(m, u) for m, u in model.children if u[0] == "c"][::50]
    compare_series("all figures", model, upper + some)
    lap("series")

    model = vn.Model(c, homeless(c), figures)
    compare("a commune without a place", model)
    compare_series("a commune without a place", model, upper, ["hh"])
    lap("without a place")
    apply(c, members, "catalogue")
    tiendo.level()
    check("with its place back all is as it was", rollups_found() == whole)
    code, text = tiendo.run("verify")
    check("verify finds no difference", code == 0, text)
    lap("verify")


tiendo.tell(story)
PY
